// Uses a running service through the generated types: node use_client.js ADDRESS PHOTO
// Signs up and in, files a report with a photo, and finds it in the list of one's own.
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./pawgle.js";

const [address, photo] = process.argv.slice(2);
assert(address && photo);
const api = createClient<paths>({ baseUrl: address });

const account: components["schemas"]["SignUpRequest"] = {
  username: "Tess",
  email: "tess@pawgle.example",
  password: "a long enough Passw0rd",
  confirm_password: "a long enough Passw0rd",
};
const signedUp = await api.POST("/api/auth/signup/", { body: account });
assert.equal(signedUp.response.status, 201);

const refused = await api.POST("/api/auth/login/", { body: { email: account.email, password: "a wrong Passw0rd" } });
assert.equal(refused.error?.code, "wrong_credentials");

const signedIn = await api.POST("/api/auth/login/", { body: { email: account.email, password: account.password } });
assert(signedIn.data, JSON.stringify(signedIn.error));
const headers = { Authorization: `Bearer ${signedIn.data.access}` };

const report: components["schemas"]["ReportInputRequest"] = {
  status: "found",
  animal_name: "N/A",
  category: "Domestic",
  type: "Dogs",
  breed: "Unknown",
  latitude: 28.6139,
  longitude: 77.209,
  image: new Blob([readFileSync(photo)], { type: "image/jpeg" }),
};
const filed = await api.POST("/api/auth/pets/report/", {
  headers,
  params: { header: { "Idempotency-Key": randomUUID() } },
  body: report,
  bodySerializer(body) {
    const form = new FormData();
    for (const [name, value] of Object.entries(body)) {
      if (value instanceof Blob) form.append(name, value, "photo.jpg");
      else if (value != null) form.append(name, String(value));
    }
    return form;
  },
});
assert(filed.data, JSON.stringify(filed.error));
assert.match(filed.data.image_url ?? "", /^http/);

const mine = await api.GET("/api/auth/user/pet-locations/", { headers });
const found: components["schemas"]["Location"][] = mine.data ?? [];
assert.deepEqual(found.map(({ id, status, type }) => [id, status, type]), [[filed.data.id, "found", "Dogs"]]);
console.log(`report ${filed.data.id} is filed and found again`);

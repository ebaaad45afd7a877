// Writes TypeScript types of the API: node generate.mjs DESCRIPTION.json TYPES.ts
// As `npx openapi-typescript` does, but files are Blobs instead of strings.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const BLOB = ts.factory.createTypeReferenceNode("Blob");
const NULL = ts.factory.createLiteralTypeNode(ts.factory.createNull());

const [source, target] = process.argv.slice(2);
const description = JSON.parse(readFileSync(source, "utf8"));
const ast = await openapiTS(description, {
  defaultNonNullable: false, // What has a default may be left out of a request.
  transform(schema) {
    if (schema.format !== "binary") return undefined;
    return [schema.type].flat().includes("null") ? ts.factory.createUnionTypeNode([BLOB, NULL]) : BLOB;
  },
});
writeFileSync(target, astToString(ast));

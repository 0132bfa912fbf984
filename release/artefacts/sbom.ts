// Writes what an artefact contains of others, in CycloneDX's form. Without times and random numbers, so that it is the same each time.
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { manifestOf } from "../package/package.ts";

export type Contained = {
  readonly name: string;
  readonly version: string;
  /** As an SPDX expression. Absent: the artefact has the licence's text. */
  readonly license?: string;
  /** As a package URL: https://github.com/package-url/purl-spec */
  readonly purl: string;
};

/** `zod 4.6.7`, as notices and Debian's list name it. */
const nameAndVersion = (text: string): readonly [string, string] => {
  const at = text.lastIndexOf(" ");
  return [text.slice(0, at), text.slice(at + 1)];
};

export function fromNpm({ name: text, license }: { readonly name: string; readonly license: string }): Contained {
  const [name, version] = nameAndVersion(text);
  return { name, version, license, purl: `pkg:npm/${name.replace("@", "%40")}@${version}` };
}

export function fromDebian(text: string): Contained {
  const [name, version] = nameAndVersion(text);
  return { name, version, purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}` };
}

function componentOf({ name, version, license, purl }: Contained): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl });
  if (license !== undefined) component.licenses.add(new Models.LicenseExpression(license));
  return component;
}

/** `title`: the artefact's name. */
export function sbomText(title: string, contained: readonly Contained[]): string {
  const { version, description, license } = manifestOf();
  const subject = new Models.Component(Enums.ComponentType.Application, title, { version, description, bomRef: title });
  subject.licenses.add(new Models.LicenseExpression(license));
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: subject }) });
  for (const one of contained) {
    const component = componentOf(one);
    subject.dependencies.add(component.bomRef);
    bom.components.add(component);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

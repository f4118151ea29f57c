/** What the pages are built of; made by pages/packages.ts when they are compiled. */
declare module "virtual:packages" {
  const packages: readonly { name: string; version: string; licence: string }[];
  export default packages;
}

// Reads a signed repository with tuf-js, another implementation of TUF, and prints what it verified.
//   node other_reader.cjs MODULES FOLDER URL NAME...
// FOLDER/root.json is what is trusted at first. Each NAME is fetched and its length is printed.
const fs = require('node:fs');
const path = require('node:path');
const [modules, folder, url, ...names] = process.argv.slice(2);
const { Updater } = require(path.join(modules, 'tuf-js'));

async function main() {
  const targets = path.join(folder, 'files');
  fs.mkdirSync(targets, { recursive: true });
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: `${url}/metadata`,
    targetDir: targets,
    targetBaseUrl: `${url}/targets`,
  });
  await updater.refresh();
  const found = {};
  for (const name of names) {
    const info = await updater.getTargetInfo(name);
    if (!info) throw new Error(`${name} is not signed`);
    const place = path.join(targets, String(Object.keys(found).length));
    await updater.downloadTarget(info, place);
    found[name] = fs.statSync(place).size;
  }
  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});

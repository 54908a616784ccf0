//! `SOURCES.md`: where every fact of `schema/` comes from.

use std::fmt::Write as _;

use super::packages::{Fetched, Registry};

const HEAD: &str = "\
# Where the schema comes from

`cargo xtask schema` rebuilds this folder from the packages below, and `cargo xtask schema --check` says
whether it still is what they give. Both need `cargo` and `npm`; the archives are kept in `target/schema`
and held against the checksums here. This page is made by the same command.

What is taken is facts: definitions, ids, names, codes, layers and who may call what. Descriptions are
somebody's prose and are left behind.

| file | made from | what it says |
|---|---|---|
| `api.tl` | the listing of the newest layer | every constructor and method, in the server's order |
| `history.tl` | all listings | older shapes, with the observed layers of each |
| `layers.tsv` | all listings | observed layers of what `api.tl` has and some older layer has not |
| `errors.tsv` | `@mtcute/core` 0.31.0 and `additions.tsv` | error codes and names; `%d` stands for a number |
| `methods.tsv` | the same | who may call a method (`user`, `bot`, `both`) and its errors, each as code and name |
| `additions.tsv` | by hand | errors the package does not have, with the source of each; method `*` is any method |
| `unlisted_errors.tsv` | by hand | errors that the embedded server gives beyond `methods.tsv`, each with the reason; `*` is any method |
| `mtproto.tl` | by hand, from the protocol description | service messages; held against two packages |
| `secret.tl` | by hand, from the end-to-end schema | secret chats by layer; held against the CRC32 rule |

- A method that is not in `methods.tsv` is newer than the table (layer 228): nobody says who may call it.
- Two errors that the table gives for nearly every method are left out of `methods.tsv`:
  `AUTH_KEY_UNREGISTERED` and `BUSINESS_CONNECTION_NOT_ALLOWED`.
- Every id is the CRC32 of its line, except four: `ipPortSecret`, `accessPointRule`, `help.configSimple` in
  `mtproto.tl` and the layer 143 `decryptedMessageMediaDocument` in `secret.tl`.
- The TL listings are plain copies of the server's. The JSON listings keep definitions of earlier layers
  and add their own, so their lines count only where a neighbouring TL listing does not speak against them,
  and only if the id fits. So a life that ends at a JSON layer (167, 181, 185, 189, 204, 218, 220, 221, 223,
  225, 228) may really have ended one observed layer earlier.
- The layer 198 listing is GramJS's, which is what its users send: it has phone call shapes that no other
  observed layer has.

## Packages

";

/// Builds the page.
pub(crate) fn build(fetched: &[Fetched]) -> String {
    let mut out = String::from(HEAD);
    out += "| kind | package | version | layer | listing | also taken | SHA-256 of the archive |\n|---|---|---|---|---|---|---|\n";
    for package in fetched.iter().map(|f| f.package) {
        let kind = match package.registry {
            Registry::Crate => "crate",
            Registry::Npm => "npm",
        };
        let layer = package.layer.map(|l| l.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {kind} | `{}` | {} | {layer} | `{}` | {} | `{}` |",
            package.name, package.version, package.file, package.also, package.sha256
        );
    }
    out
}

//! The pinned packages, and how they are fetched with the registries' ordinary clients.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::archive;
use crate::Result;

/// Where a package is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registry {
    /// A Rust crate, fetched with `cargo`.
    Crate,
    /// A Node.js package, fetched with `npm`.
    Npm,
}

/// How a package writes the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// TL text.
    Tl,
    /// TL text inside a JavaScript template string.
    TlInJs,
    /// JSON, one object per definition.
    Json,
}

/// One pinned package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) registry: Registry,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// SHA-256 of the archive as the registry hands it out, in hexadecimal.
    pub(crate) sha256: &'static str,
    /// The API layer of its listing; `None` when only other files are used.
    pub(crate) layer: Option<u16>,
    pub(crate) notation: Notation,
    /// Path of the listing in the archive, without the top folder.
    pub(crate) file: &'static str,
    /// What else is read, for SOURCES.md.
    pub(crate) also: &'static str,
}

/// Crate whose listing is the newest layer.
pub(crate) const NEWEST: &str = "vaegram";
/// Package with the errors and who may call what.
pub(crate) const ERRORS: (&str, &str) = ("@mtcute/core", "0.31.0");
/// Package the service schema is held against.
pub(crate) const SERVICE: (&str, &str) = ("grammers-tl-types", "0.11.0");

const fn grammers(version: &'static str, layer: u16, sha256: &'static str) -> Package {
    Package {
        registry: Registry::Crate,
        name: "grammers-tl-types",
        version,
        sha256,
        layer: Some(layer),
        notation: Notation::Tl,
        file: "tl/api.tl",
        also: "",
    }
}

const fn gramjs(version: &'static str, layer: u16, sha256: &'static str) -> Package {
    Package {
        registry: Registry::Npm,
        name: "telegram",
        version,
        sha256,
        layer: Some(layer),
        notation: Notation::TlInJs,
        file: "tl/apiTl.js",
        also: "",
    }
}

const fn mtcute(version: &'static str, layer: u16, sha256: &'static str) -> Package {
    Package {
        registry: Registry::Npm,
        name: "@mtcute/tl",
        version,
        sha256,
        layer: Some(layer),
        notation: Notation::Json,
        file: "api-schema.json",
        also: "",
    }
}

const fn mtcute_core(version: &'static str, layer: u16, sha256: &'static str) -> Package {
    Package { name: "@mtcute/core", file: "tl/api-schema.json", ..mtcute(version, layer, sha256) }
}

/// Every package, oldest layer first. One listing per layer: a plain copy of the server's where there is one.
pub(crate) const PACKAGES: &[Package] = &[
    gramjs("2.17.4", 158, "141629b37d2742997e872adc591e2a6a35681ada7b2ea016932f3e5d54f077f1"),
    gramjs("2.18.36", 160, "2b791000657ff1d2b149d3c803b16d68eca639a2417942126f20d780c8ba6e3f"),
    grammers("0.5.0", 166, "5e6bacf1cc8f4a35beb990433dd968ca82529080be680aac43f7a811bba8e852"),
    mtcute("167.0.0", 167, "c8a02c30d5b2694f72b272a0ae4db8e7aa7e385ade4952be1aa6f5db1ca03919"),
    gramjs("2.20.2", 174, "41857856ac209df648eeb4eed0fdd13b085c0572131f59891b8389baf7058940"),
    grammers("0.6.0", 179, "79c49f82aca6e91b43303129515815d90f8fc6befcd15fd7da16761968d256bb"),
    mtcute("181.0.0", 181, "7240c6d01268c0833f8b3f60701faf85c8ef5bc7922a6ceb8851cd3281ebf512"),
    gramjs("2.23.10", 184, "d0e6d71f299b1c3d7caa06584c28302f1ec969631e14701ae2cb41cc9d88cacf"),
    mtcute("185.1.0", 185, "fd7e32484cd50621fca19681cfea12562a3a6e30c6d14bd3076ce44985640712"),
    grammers("0.7.0", 186, "49566409a69e4ff3340c1b6f392e5754c89fa1ea43be4584ac8ee74c1eb0643a"),
    mtcute("189.0.0", 189, "46a7596b8cc38714e6e4408c9ef7e7cc4e4f3699f5e3b1bcf41d4e777717d171"),
    gramjs("2.26.8", 193, "c98f3660c66442f93265e1e980e72e670fa65ae6bf1be4cbe71afc3eac46196c"),
    gramjs("2.26.22", 198, "a17acb4933510998bcd0ef00ef41f579d90e7aa194492224217932d4705f74be"),
    mtcute("204.0.0", 204, "04c0e072dcba4c536c19085455f8f4c92461c597ed2ae97b609bb2966c2e9817"),
    grammers("0.8.0", 216, "e430e1834164323635d67f10bd8754eab2d97b16693a1b0532befd373d83d5bb"),
    mtcute("218.0.1", 218, "b4e33e2af1911fc8bbf7be6ad08a073d434115bf84d4f5169c2dd91323e842de"),
    mtcute("220.0.0", 220, "a0d917fefb3adc4729467a0f32e0b48fba76fc1fa2efaa976e43f583cd5e0c91"),
    mtcute("221.0.0", 221, "c8d62bacc49e8343886dfa9266d4fc07d3596e6b709253818cad77b8302fda0b"),
    grammers("0.9.0", 222, "a25e1f6fa6142fda4f3938d6b5cd1d74848e39a845ff18a1c632200285b4d8a4"),
    mtcute("223.0.0", 223, "de1af1c8a98587fdff570c46b1ef62e26647efd02b2c2d919e59bfeed2d6acc1"),
    mtcute_core("0.29.7", 225, "be2565d120f9e9b743a58583059d611a61efcab1530718ac27dc70bce65900d5"),
    grammers("0.10.0", 227, "67d450e2f2588af535fe85a17b9a6df8338794ee8ad6bcb1b97d61a14d472fc5"),
    Package {
        also: "the same file and `tl/raw-errors.json`: error codes and names per method, who may call; \
               `tl/mtp-schema.json`: check of `mtproto.tl`",
        ..mtcute_core("0.31.0", 228, "13ce57b88f7394fe1b459a4727cffc1b5ffcc72424b6263b174fe19875c45aaa")
    },
    Package {
        name: "ferogram-tl-types",
        ..grammers("0.6.6", 229, "e62000d70299fe84668abd37fe3e488542964f96d854454d071d02635deee61a")
    },
    Package {
        also: "`tl/mtproto.tl`: check of `mtproto.tl`",
        ..grammers("0.11.0", 230, "069e64c424bde5764391bc72f07085a12177d7053c8a0da355425527fd7c221f")
    },
    Package {
        name: NEWEST,
        file: "compiler/source/api.tl",
        ..grammers("0.1.0", 232, "c4d5902fb55d97977c201b78633d809610c38d7042a56c4656692e3429323fb1")
    },
];

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// A package and its archive.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) package: &'static Package,
    archive: Vec<u8>,
}

impl Fetched {
    /// The text of a file of the package.
    pub(crate) fn text(&self, file: &str) -> Result<String> {
        archive::read_file(&self.archive, file).map_err(|error| format!("{}: {error}", self.package).into())
    }
}

/// The package of that name and version among the fetched.
pub(crate) fn find<'a>(fetched: &'a [Fetched], (name, version): (&str, &str)) -> Result<&'a Fetched> {
    fetched
        .iter()
        .find(|f| f.package.name == name && f.package.version == version)
        .ok_or_else(|| format!("{name} {version} is not among the pinned packages").into())
}

/// Fetches every package whose archive `store` does not have yet.
pub(crate) fn fetch_all(store: &Path) -> Result<Vec<Fetched>> {
    PACKAGES
        .iter()
        .map(|package| {
            let path = store.join(file_name(package));
            if let Ok(archive) = fs::read(&path)
                && digest(&archive) == package.sha256
            {
                return Ok(Fetched { package, archive });
            }
            println!("fetching {package}");
            let found = match package.registry {
                Registry::Crate => fetch_crate(package, store)?,
                Registry::Npm => fetch_npm(package, store)?,
            };
            let archive = fs::read(&found).map_err(|e| format!("cannot read {}: {e}", found.display()))?;
            let digest = digest(&archive);
            if digest != package.sha256 {
                return Err(format!(
                    "the archive of {package} is not the pinned one: SHA-256 {digest}, expected {}",
                    package.sha256
                )
                .into());
            }
            if found != path {
                fs::write(&path, &archive)?;
            }
            Ok(Fetched { package, archive })
        })
        .collect()
}

/// `cargo info` puts the one crate it is asked about into cargo's cache, without its dependencies.
fn fetch_crate(package: &Package, store: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let spec = format!("{}@{}", package.name, package.version);
    // Outside the workspace, or its lock file would choose the version.
    run(&cargo, &["info", "--quiet", &spec], &std::env::temp_dir())?;
    let home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| std::env::home_dir().unwrap_or_default().join(".cargo"), PathBuf::from);
    let cache = home.join("registry").join("cache");
    let folders = fs::read_dir(&cache).map_err(|e| format!("cannot read {}: {e}", cache.display()))?;
    folders
        .filter_map(|folder| Some(folder.ok()?.path().join(file_name(package))))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            let wanted = store.join(file_name(package));
            format!(
                "cargo fetched {package}, but not into {}: copy its archive to {}",
                cache.display(),
                wanted.display()
            )
            .into()
        })
}

fn fetch_npm(package: &Package, store: &Path) -> Result<PathBuf> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let spec = format!("{}@{}", package.name, package.version);
    run(npm.as_ref(), &["pack", "--silent", "--pack-destination", ".", &spec], store)?;
    Ok(store.join(file_name(package)))
}

/// The name both clients give the archive.
fn file_name(package: &Package) -> String {
    match package.registry {
        Registry::Crate => format!("{}-{}.crate", package.name, package.version),
        Registry::Npm => {
            let name = package.name.trim_start_matches('@').replace('/', "-");
            format!("{name}-{}.tgz", package.version)
        }
    }
}

fn run(program: &OsStr, arguments: &[&str], folder: &Path) -> Result<()> {
    let shown = format!("{} {}", Path::new(program).display(), arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| {
            format!("cannot run `{shown}`: {error}. `cargo xtask schema` needs cargo and npm (part of Node.js) on the PATH")
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{shown}` failed: {}", said.trim()).into())
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_has_one_listing_and_they_ascend() {
        let layers: Vec<_> = PACKAGES.iter().filter_map(|p| p.layer).collect();
        assert!(layers.windows(2).all(|pair| pair[0] < pair[1]), "{layers:?}");
        assert_eq!(layers.last(), Some(&232));
    }
}

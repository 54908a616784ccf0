//! Files between the clients.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::username;
use crate::Result;
use crate::interop::matrix::World;
use crate::interop::matrix::client::{Outcome, Trouble, failed};

/// No multiple of anything that a client may cut files into.
const LENGTH: usize = 20_000_003;

/// The announcement comes once the whole file is there.
const UPLOADED: Duration = Duration::from_secs(30);

fn source(world: &World, at: usize) -> PathBuf {
    world.scratch.join(format!("from-{at}.bin"))
}

/// Bytes that do not repeat, other ones for each client.
fn content(at: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(at as u64 + 1);
    let mut bytes = Vec::with_capacity(LENGTH + 8);
    while bytes.len() < LENGTH {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(LENGTH);
    bytes
}

fn hash(path: &Path) -> Outcome<(usize, Vec<u8>)> {
    let bytes =
        std::fs::read(path).map_err(|error| Trouble::Failed(format!("{}: {error}", path.display())))?;
    Ok((bytes.len(), Sha256::digest(&bytes).to_vec()))
}

pub(super) fn upload(world: &mut World) -> Result<Vec<Outcome<()>>> {
    for at in 0..world.clients.len() {
        std::fs::write(source(world, at), content(at))?;
    }
    let world = &*world;
    Ok(world.each(|at, client| {
        client.user("upload", json!({ "to": username(world.next(at))?, "path": source(world, at) })).map(drop)
    }))
}

pub(super) fn download(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    let outcomes = world.each(|at, client| {
        let from = (at + world.clients.len() - 1) % world.clients.len();
        let sender = world.users.get(from).copied();
        let heard = client.event("user", "a message with the file", UPLOADED, |event| {
            event["event"] == "new"
                && event["size"].as_u64() == Some(LENGTH as u64)
                && event["from"].as_i64() == sender
        })?;
        let path = world.scratch.join(format!("to-{at}.bin"));
        client.user(
            "download",
            json!({ "chat": username(from)?, "message": heard["message"], "path": path }),
        )?;
        if hash(&path)? != hash(&source(world, from))? {
            return failed(format!("other bytes: {} of them", hash(&path)?.0));
        }
        Ok(())
    });
    std::fs::remove_dir_all(&world.scratch)?;
    Ok(outcomes)
}

//! Snapshots, and servers that begin with one.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use chappe_server::{Server, Snapshot};
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::{Name, Outcome, Problem};
use super::{Control, ControlBuilder, Shared};
use crate::ready::{Known, Ready};

/// Snapshots in memory at a time.
const MAX_SNAPSHOTS: usize = 32;
/// Servers of one interface that run beside the first one.
const MAX_FORKS: usize = 32;

/// A snapshot that is kept in memory.
#[derive(Clone, Serialize, JsonSchema)]
pub(crate) struct Kept {
    /// Its number.
    id: u64,
    /// When it was made, in Unix seconds of the server's clock.
    at: i64,
}

/// The snapshots of one interface.
#[derive(Default)]
pub(crate) struct Shelf {
    next: u64,
    kept: BTreeMap<u64, (Kept, Snapshot, Known)>,
}

/// A server that was started from a snapshot.
pub(crate) struct Fork {
    server: Arc<Server>,
    control: Control,
}

impl Fork {
    pub(crate) async fn stop(self) {
        self.control.shutdown().await;
        self.server.stop().await;
    }
}

fn shelf(shared: &Shared) -> MutexGuard<'_, Shelf> {
    shared.shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(id: u64) -> Problem {
    Problem::not_found(format!("there is no snapshot {id}"), "see GET /v1/snapshots for those that there are")
}

fn keep(shared: &Shared, snapshot: Snapshot) -> Outcome<(StatusCode, Json<Kept>)> {
    let (known, at) = (shared.known(), shared.server.now().unix_secs());
    let mut shelf = shelf(shared);
    if shelf.kept.len() >= MAX_SNAPSHOTS {
        let cure = "remove one with DELETE /v1/snapshots/{id}; download it before if it is needed";
        return Err(Problem::too_many(format!("{MAX_SNAPSHOTS} snapshots are kept already"), cure));
    }
    shelf.next += 1;
    let kept = Kept { id: shelf.next, at };
    shelf.kept.insert(kept.id, (kept.clone(), snapshot, known));
    Ok((StatusCode::CREATED, Json(kept)))
}

fn find(shared: &Shared, id: u64) -> Outcome<(Snapshot, Known)> {
    let shelf = shelf(shared);
    shelf
        .kept
        .get(&id)
        .map(|(_, snapshot, known)| (snapshot.clone(), known.clone()))
        .ok_or_else(|| missing(id))
}

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Vec<Kept>> {
    Json(shelf(&shared).kept.values().map(|(kept, ..)| kept.clone()).collect())
}

pub(crate) async fn make(State(shared): State<Arc<Shared>>) -> Outcome<(StatusCode, Json<Kept>)> {
    let snapshot = shared.server.snapshot().await?;
    keep(&shared, snapshot)
}

pub(crate) async fn upload(
    State(shared): State<Arc<Shared>>,
    bytes: Bytes,
) -> Outcome<(StatusCode, Json<Kept>)> {
    keep(&shared, Snapshot::from_bytes(&bytes)?)
}

pub(crate) async fn download(
    State(shared): State<Arc<Shared>>,
    Name(id): Name<u64>,
) -> Outcome<impl IntoResponse> {
    let bytes = find(&shared, id)?.0.to_bytes()?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes))
}

pub(crate) async fn remove(State(shared): State<Arc<Shared>>, Name(id): Name<u64>) -> Outcome<StatusCode> {
    shelf(&shared).kept.remove(&id).map(|_| StatusCode::NO_CONTENT).ok_or_else(|| missing(id))
}

pub(crate) async fn fork(
    State(shared): State<Arc<Shared>>,
    Name(id): Name<u64>,
) -> Outcome<(StatusCode, Json<Ready>)> {
    let (snapshot, known) = find(&shared, id)?;
    let mut forks = shared.forks.lock().await;
    let (running, ended) =
        std::mem::take(&mut *forks).into_iter().partition(|fork| !fork.control.is_stopping());
    *forks = running;
    for fork in ended {
        Fork::stop(fork).await;
    }
    if forks.len() >= MAX_FORKS {
        let cure = "stop one with POST /v1/stop at its own control interface";
        return Err(Problem::too_many(format!("{MAX_FORKS} servers run already"), cure));
    }
    // Whatever the world of the snapshot was like: who runs this server has said what holds here.
    let server = Server::builder().like(&shared.server).fork(&snapshot).spawn().await?;
    let server = Arc::new(server);
    let begun =
        ControlBuilder::default().token(shared.token.text()).known(known).spawn(Arc::clone(&server)).await;
    let control = begun.map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "control",
            error.to_string(),
            "close something that listens, or stop another fork",
        )
    })?;
    let ready = control.ready().await?;
    forks.push(Fork { server, control });
    Ok((StatusCode::CREATED, Json(ready)))
}

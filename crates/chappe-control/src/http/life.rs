//! The server as a whole: what it is, whether it is well, and its end.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Shared;
use super::problem::{Outcome, Problem};
use crate::ready::{ControlFacts, Ready};

/// It will stop.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Stopping {
    stopping: bool,
}

/// How it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// Seconds since the interface was started.
    uptime: f64,
}

pub(crate) async fn server(State(shared): State<Arc<Shared>>) -> Outcome<Json<Ready>> {
    Ok(Json(shared.ready().await?))
}

pub(crate) async fn page(State(shared): State<Arc<Shared>>) -> Outcome<Json<ControlFacts>> {
    let facts = shared.facts().map_err(|error| {
        let cure = "the system gives no random bytes: try again";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "server", error.to_string(), cure)
    })?;
    Ok(Json(facts))
}

pub(crate) async fn stop(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Stopping>) {
    shared.stop.send_replace(true);
    (StatusCode::ACCEPTED, Json(Stopping { stopping: true }))
}

pub(crate) async fn health(State(shared): State<Arc<Shared>>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        uptime: shared.started.elapsed().as_secs_f64(),
    })
}

pub(crate) async fn ready(State(shared): State<Arc<Shared>>) -> Outcome<Json<Health>> {
    let not_ready =
        |cause: String, cure| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", cause, cure);
    if shared.is_stopping() {
        return Err(not_ready("the server is stopping".into(), "start another"));
    }
    match shared.server.totals().await {
        Ok(_) => Ok(health(State(shared)).await),
        Err(error) => Err(not_ready(error.to_string(), "see whether the database is there")),
    }
}

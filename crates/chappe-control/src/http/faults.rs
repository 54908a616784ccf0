//! Faults on purpose.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chappe_server::FaultRule;
use schemars::JsonSchema;
use serde::Serialize;

use super::Shared;
use super::problem::{Body, Name, Outcome, Problem};
use crate::faults::FaultSpec;

/// A rule as it stands.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FaultState {
    /// Its number.
    id: u64,
    /// How often it has acted.
    hits: u64,
    #[serde(flatten)]
    rule: FaultSpec,
}

fn state(rule: &FaultRule) -> FaultState {
    FaultState { id: rule.id, hits: rule.hits, rule: FaultSpec::of(rule) }
}

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Vec<FaultState>> {
    Json(shared.server.faults().list().iter().map(state).collect())
}

pub(crate) async fn add(
    State(shared): State<Arc<Shared>>,
    Body(rule): Body<FaultSpec>,
) -> Outcome<(StatusCode, Json<FaultState>)> {
    let accounts = shared.server.accounts().await?;
    let handle = rule.apply(&shared.server.faults(), &accounts).map_err(Problem::bad_request)?;
    Ok((StatusCode::CREATED, Json(FaultState { id: handle.id(), hits: handle.hits(), rule })))
}

pub(crate) async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.server.faults().clear();
    StatusCode::NO_CONTENT
}

pub(crate) async fn remove(State(shared): State<Arc<Shared>>, Name(id): Name<u64>) -> Outcome<StatusCode> {
    if shared.server.faults().remove(id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::not_found(format!("there is no rule {id}"), "see GET /v1/faults for those that there are"))
}

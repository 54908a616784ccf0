//! The clock.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Shared;
use super::problem::{Body, Outcome, Problem};

/// Furthest step, in seconds: ten years.
const MAX_STEP: f64 = 315_360_000.0;

/// The server's time.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Time {
    /// Seconds since 1970, with fractions.
    unix: f64,
}

/// A step.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    /// How far. It cannot be set back.
    seconds: f64,
}

pub(crate) async fn read(State(shared): State<Arc<Shared>>) -> Json<Time> {
    Json(Time { unix: shared.server.now().unix.as_secs_f64() })
}

pub(crate) async fn advance(
    State(shared): State<Arc<Shared>>,
    Body(step): Body<Advance>,
) -> Outcome<Json<Time>> {
    if !(0.0..=MAX_STEP).contains(&step.seconds) {
        return Err(Problem::bad_request("`seconds` is a number from 0 to 315360000, ten years"));
    }
    shared.server.advance(Duration::from_secs_f64(step.seconds)).await?;
    Ok(read(State(shared)).await)
}

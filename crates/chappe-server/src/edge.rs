//! The one place where other layers than the newest exist: queries come in through [`up`], results and updates
//! leave through [`down_result`] and [`down`].

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use chappe_layers::{LayerError, Layers};
use chappe_mtproto::rpc::RpcError;

use crate::methods::errors::bad_request;

/// How often an answer could not be said in a session's layer although no rule says so: each is a bug of ours.
#[derive(Debug, Default)]
pub(crate) struct Failures(AtomicU64);

impl Failures {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn error(&self, layer: i32, error: &LayerError) -> RpcError {
        if let LayerError::Gone { .. } = error {
            tracing::debug!(layer, %error, "an answer has no form in the layer of the session");
            return bad_request("INPUT_LAYER_INVALID");
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        tracing::error!(layer, %error, "an answer could not be lowered to the layer of the session");
        RpcError::new(500, "INTERNAL_LAYER_FAILURE")
    }
}

/// The constructor id that a query begins with.
pub(crate) fn id(query: &[u8]) -> u32 {
    query.first_chunk().map_or(0, |id| u32::from_le_bytes(*id))
}

/// Whether a session speaks the newest layer, or a newer one, or has not said which.
fn is_newest(layer: i32) -> bool {
    layer == 0 || layer >= chappe_api::LAYER
}

/// A query in the newest layer.
pub(crate) fn up(layer: i32, query: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    if is_newest(layer) {
        return Ok(query);
    }
    let raised = Layers::load().up(layer, &query).map(owned).map_err(|error| {
        tracing::debug!(layer, %error, "a query could not be raised to the newest layer");
        match error {
            LayerError::Gone { .. } => bad_request(&format!("INPUT_METHOD_INVALID_{}_{layer}", id(&query))),
            _ => bad_request("INPUT_FETCH_ERROR"),
        }
    })?;
    Ok(raised.unwrap_or(query))
}

/// The result of the method with the id `called`, in the layer of the session.
pub(crate) fn down_result(
    layer: i32,
    called: u32,
    result: Vec<u8>,
    failures: &Failures,
) -> Result<Vec<u8>, RpcError> {
    if is_newest(layer) {
        return Ok(result);
    }
    let lowered = Layers::load().down_result(layer, called, &result).map(owned);
    Ok(lowered.map_err(|error| failures.error(layer, &error))?.unwrap_or(result))
}

/// An update in the layer of the session.
pub(crate) fn down(layer: i32, update: Vec<u8>, failures: &Failures) -> Result<Vec<u8>, RpcError> {
    if is_newest(layer) {
        return Ok(update);
    }
    let lowered = Layers::load().down(layer, &update).map(owned);
    Ok(lowered.map_err(|error| failures.error(layer, &error))?.unwrap_or(update))
}

/// `None` if nothing changed.
fn owned(bytes: Cow<'_, [u8]>) -> Option<Vec<u8>> {
    match bytes {
        Cow::Borrowed(_) => None,
        Cow::Owned(bytes) => Some(bytes),
    }
}

#[cfg(test)]
mod tests {
    use chappe_api::functions::messages::ReceivedQueue;
    use chappe_tl::{Encode, Function};

    use super::*;

    #[test]
    fn the_numbers_that_a_method_returns_reach_an_older_layer() {
        let ids = vec![-5_i64, i64::MAX].to_bytes().unwrap();
        let failures = Failures::default();
        assert_eq!(down_result(229, ReceivedQueue::CONSTRUCTOR_ID, ids.clone(), &failures).unwrap(), ids);
    }
}

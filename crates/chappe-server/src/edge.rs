//! The one place where other layers than the newest exist: queries come in through [`up`], results and updates
//! leave through [`down`].

use std::borrow::Cow;

use chappe_layers::Layers;
use chappe_mtproto::rpc::RpcError;

/// A query in the newest layer.
pub(crate) fn up(layer: i32, query: &[u8]) -> Result<Cow<'_, [u8]>, RpcError> {
    if layer == 0 || layer >= chappe_api::LAYER {
        return Ok(Cow::Borrowed(query));
    }
    Layers::load().up(layer, query).map_err(|error| {
        tracing::debug!(layer, %error, "a query could not be raised to the newest layer");
        RpcError::new(400, "INPUT_FETCH_ERROR")
    })
}

/// An update in the layer of the session.
pub(crate) fn down(layer: i32, bytes: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    // No method has this id: the update is an object like any other.
    down_result(layer, 0, bytes)
}

/// The result of a method, named by its id, in the layer of the session.
pub(crate) fn down_result(layer: i32, method: u32, bytes: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    if layer == 0 || layer >= chappe_api::LAYER {
        return Ok(bytes);
    }
    match Layers::load().down_result(layer, method, &bytes) {
        Ok(Cow::Borrowed(_)) => Ok(bytes),
        Ok(Cow::Owned(converted)) => Ok(converted),
        Err(error) => {
            tracing::warn!(layer, %error, "an answer could not be lowered to the layer of the session");
            Err(RpcError::new(500, "INTERNAL_LAYER_FAILURE"))
        }
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
        assert_eq!(down_result(229, ReceivedQueue::CONSTRUCTOR_ID, ids.clone()).unwrap(), ids);
    }
}

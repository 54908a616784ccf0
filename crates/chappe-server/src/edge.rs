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

/// A result or update in the layer of the session.
pub(crate) fn down(layer: i32, bytes: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    if layer == 0 || layer >= chappe_api::LAYER {
        return Ok(bytes);
    }
    match Layers::load().down(layer, &bytes) {
        Ok(Cow::Borrowed(_)) => Ok(bytes),
        Ok(Cow::Owned(converted)) => Ok(converted),
        Err(error) => {
            tracing::warn!(layer, %error, "an answer could not be lowered to the layer of the session");
            Err(RpcError::new(500, "INTERNAL_LAYER_FAILURE"))
        }
    }
}

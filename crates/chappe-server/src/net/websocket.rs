//! The upgrade of a HTTP request to WebSocket.

use std::io;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::stream::Rewind;

/// Longest message and longest frame, in bytes.
const MAX_MESSAGE_LEN: usize = 1 << 20;

const PATHS: [&str; 2] = ["/apiws", "/apiws_test"];
const PROTOCOL: &str = "binary";
const PROTOCOL_HEADER: &str = "Sec-WebSocket-Protocol";

struct Check;

impl Callback for Check {
    #[allow(clippy::result_large_err, reason = "the trait says so")]
    fn on_request(self, request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        let offered =
            request.headers().get(PROTOCOL_HEADER).and_then(|value| value.to_str().ok()).unwrap_or("");
        let refusal = if !PATHS.contains(&request.uri().path()) {
            Some((StatusCode::NOT_FOUND, "use /apiws"))
        } else if !offered.split(',').any(|protocol| protocol.trim() == PROTOCOL) {
            Some((StatusCode::BAD_REQUEST, "offer the subprotocol binary"))
        } else {
            None
        };
        if let Some((status, reason)) = refusal {
            let mut refused = ErrorResponse::new(Some(reason.to_owned()));
            *refused.status_mut() = status;
            return Err(refused);
        }
        response.headers_mut().insert(PROTOCOL_HEADER, HeaderValue::from_static(PROTOCOL));
        Ok(response)
    }
}

/// Answers the upgrade request whose first bytes are `before`.
pub(super) async fn accept(before: Vec<u8>, socket: TcpStream) -> io::Result<WebSocketStream<Rewind>> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_LEN))
        .max_frame_size(Some(MAX_MESSAGE_LEN));
    let stream = Rewind { before, socket };
    accept_hdr_async_with_config(stream, Check, Some(config)).await.map_err(io::Error::other)
}

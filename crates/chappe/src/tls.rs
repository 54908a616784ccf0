//! Which WebSockets are encrypted by TLS, and whose certificates count.

use std::fmt;

use crate::data_centres::Address;

/// The port on which a WebSocket is one over TLS unless something else is said.
const TLS_PORT: u16 = 443;

/// Whether a [WebSocket](crate::ClientBuilder::websocket) goes over TLS (`wss`), and whose certificates are trusted.
///
/// TLS hides from the network that this is Telegram, and lets the connection through where only the web passes. It protects
/// nothing else: what is inside is encrypted for the server's own key in any case. Outside of browsers it needs the
/// feature `tls`.
///
/// ```
/// use chappe::{Client, Tls};
///
/// // A relay of one's own that takes plain WebSockets even on port 443.
/// let builder = Client::builder(1, "hash from my.telegram.org").websocket(true).tls(Tls::never());
/// # drop(builder);
/// ```
#[derive(Clone, Default)]
#[must_use = "no client uses it yet"]
pub struct Tls {
    when: When,
    #[cfg(all(feature = "tls", not(target_family = "wasm")))]
    pub(crate) trust: crate::net::tls::Trust,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum When {
    Always,
    Never,
    #[default]
    OnItsPort,
}

impl Tls {
    /// On every port. The default is on port 443 alone.
    ///
    /// ```
    /// use chappe::{Client, Tls};
    ///
    /// // Port 8443 takes WebSockets over TLS, and nothing else.
    /// let builder = Client::builder(1, "hash from my.telegram.org").websocket(true).tls(Tls::always());
    /// # drop(builder);
    /// ```
    pub fn always() -> Self {
        Self::default().when(When::Always)
    }

    /// Not even on port 443.
    ///
    /// ```
    /// use chappe::{Client, Tls};
    ///
    /// // Something in front of this program speaks TLS for it, also on port 443.
    /// let builder = Client::builder(1, "hash from my.telegram.org").websocket(true).tls(Tls::never());
    /// # drop(builder);
    /// ```
    pub fn never() -> Self {
        Self::default().when(When::Never)
    }

    /// Trusts these root certificates (one or more, in PEM) in place of those that the system has. In a browser, which asks
    /// nobody, there is no such method.
    ///
    /// ```no_run
    /// use chappe::{Client, Tls};
    ///
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// // A server of one's own behind a certificate of one's own.
    /// let tls = Tls::always().with_roots(&std::fs::read_to_string("root.pem")?)?;
    /// let builder = Client::builder(1, "hash from my.telegram.org").websocket(true).tls(tls);
    /// # drop(builder);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if there is no usable certificate in it.
    #[cfg(all(feature = "tls", not(target_family = "wasm")))]
    pub fn with_roots(mut self, pem: &str) -> Result<Self, crate::Error> {
        self.trust = crate::net::tls::Trust::of(pem)?;
        Ok(self)
    }

    fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Whether a WebSocket to this address goes over TLS.
    pub(crate) fn covers(&self, address: &Address) -> bool {
        match self.when {
            When::Always => true,
            When::Never => false,
            When::OnItsPort => address.port() == TLS_PORT,
        }
    }

    /// The URL of the WebSocket of a server.
    pub(crate) fn url(&self, address: &Address, test: bool) -> String {
        let scheme = if self.covers(address) { "wss" } else { "ws" };
        let path = if test { "apiws_test" } else { "apiws" };
        format!("{scheme}://{address}/{path}")
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.when).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_websocket_to_port_443_goes_over_tls_unless_something_else_is_said() {
        let url = |tls: Tls, port| tls.url(&Address::new("example.org", port).unwrap(), false);
        assert_eq!(url(Tls::default(), 443), "wss://example.org:443/apiws");
        assert_eq!(url(Tls::default(), 80), "ws://example.org:80/apiws");
        assert_eq!(url(Tls::never(), 443), "ws://example.org:443/apiws");
        assert_eq!(url(Tls::always(), 4430), "wss://example.org:4430/apiws");
        let test = Tls::default().url(&Address::new("example.org", 443).unwrap(), true);
        assert_eq!(test, "wss://example.org:443/apiws_test");
    }
}

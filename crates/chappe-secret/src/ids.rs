//! The names of things, each a type of its own.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// The server's number for a secret chat, the same on both sides.
    ///
    /// A chat that we have asked for is known by a number of our own until the server has answered; see
    /// [`Event::ChatWaiting`](crate::Event::ChatWaiting).
    SecretChatId(i32)
}

id! {
    /// The sender's name for a message of a secret chat: never zero, unique within the chat in both directions.
    RandomId(i64)
}

id! {
    /// Names a [`Request`](crate::Request) of this engine, so that the answer finds its way back.
    ///
    /// Valid within one run: after a restart the engine numbers anew.
    RequestId(u64)
}

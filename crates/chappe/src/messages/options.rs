use chappe_api::{enums, types};
use rand::RngExt;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::markup::{self, FormattedText};
use crate::peers::PeerRef;

/// What all calls that send have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) silent: bool,
    pub(crate) background: bool,
    pub(crate) no_forwards: bool,
    pub(crate) schedule: Option<i32>,
    pub(crate) send_as: Option<PeerRef>,
    pub(crate) effect: Option<i64>,
    reply: Option<i32>,
    reply_chat: Option<PeerRef>,
    quote: Option<FormattedText>,
    quote_offset: Option<i32>,
    pub(crate) thread: Option<i32>,
}

impl Options {
    pub(crate) fn set_reply(&mut self, message: i32) {
        self.reply = Some(message);
    }

    pub(crate) fn set_reply_chat(&mut self, chat: PeerRef) {
        self.reply_chat = Some(chat);
    }

    pub(crate) fn set_quote(&mut self, quote: FormattedText, offset: Option<i32>) {
        self.quote = Some(quote);
        self.quote_offset = offset;
    }

    pub(crate) fn send_as(&self, client: &Client) -> Result<Option<enums::InputPeer>, Error> {
        self.send_as.map(|peer| client.input_peer(peer)).transpose()
    }

    /// What is answered, as the API wants it.
    pub(crate) fn reply_to(&self, client: &Client) -> Result<Option<enums::InputReplyTo>, Error> {
        // To write into a thread is to answer the message that it hangs from.
        let Some(reply_to_msg_id) = self.reply.or(self.thread) else {
            return match self.quote {
                None => Ok(None),
                Some(_) => Err(Error::new(
                    ErrorKind::Argument,
                    "a quote needs the message that it is from: say which one by `reply_to`",
                )),
            };
        };
        let quote_entities = self.quote.as_ref().map(|quote| markup::to_api(&quote.entities));
        let reply = types::InputReplyToMessage {
            reply_to_msg_id,
            top_msg_id: self.thread,
            reply_to_peer_id: self.reply_chat.map(|chat| client.input_peer(chat)).transpose()?,
            quote_text: self.quote.as_ref().map(|quote| quote.text.clone()),
            quote_entities: quote_entities.filter(|entities| !entities.is_empty()),
            quote_offset: self.quote_offset,
            monoforum_peer_id: None,
            todo_item_id: None,
            poll_option: None,
            quote_rich: None,
        };
        Ok(Some(reply.into()))
    }
}

/// Numbers by which the server knows a message that is sent again.
pub(crate) fn random_ids(client: &Client, count: usize) -> Result<Vec<i64>, Error> {
    let mut rng = client.inner.config.randomness.generator()?;
    Ok((0..count).map(|_| rng.random()).collect())
}

/// The methods of a builder that set its options. Their examples go on from `begin`, which makes the builder.
macro_rules! delivery {
    ($options:ident, $begin:literal) => {
        /// Delivers without a sound.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".silent().await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn silent(mut self) -> Self {
            self.$options.silent = true;
            self
        }

        /// Tells the server that no person is waiting for this: it may take its time.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".background().await?; // from a machine that works at night")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn background(mut self) -> Self {
            self.$options.background = true;
            self
        }

        /// Forbids to forward and to save what is sent.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".no_forwards().await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn no_forwards(mut self) -> Self {
            self.$options.no_forwards = true;
            self
        }

        /// Delivers later: Unix seconds, or [`WHEN_ONLINE`](crate::messages::WHEN_ONLINE). Chappe's own server does
        /// not schedule.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        /// let in_an_hour = client.server_time().await as i32 + 3600;
        #[doc = concat!($begin, ".schedule(in_an_hour).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn schedule(mut self, date: i32) -> Self {
            self.$options.schedule = Some(date);
            self
        }

        /// Sends in the name of a channel or group that the user may speak for.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".send_as(other).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn send_as(mut self, peer: impl Into<$crate::peers::PeerRef>) -> Self {
            self.$options.send_as = Some(peer.into());
            self
        }

        /// Adds an animated effect, by its number.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".effect(5_104_841_245_755_180_586).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn effect(mut self, effect: i64) -> Self {
            self.$options.effect = Some(effect);
            self
        }

        /// Writes into a thread, by the number of the message that it hangs from.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".in_thread(4).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn in_thread(mut self, top_message: i32) -> Self {
            self.$options.thread = Some(top_message);
            self
        }
    };
}
pub(crate) use delivery;

/// The methods of a builder that answers. Their examples go on from `begin`, which makes the builder.
macro_rules! replying {
    ($options:ident, $begin:literal) => {
        /// Answers a message of the same chat.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".reply_to(17).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn reply_to(mut self, message: i32) -> Self {
            self.$options.set_reply(message);
            self
        }

        /// Answers a message of another chat.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".reply_to_in(other, 4711).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn reply_to_in(mut self, chat: impl Into<$crate::peers::PeerRef>, message: i32) -> Self {
            self.$options.set_reply_chat(chat.into());
            self.$options.set_reply(message);
            self
        }

        /// Quotes a part of the message that is answered: exactly its words.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".reply_to(17).quote(\"at noon\").await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn quote(mut self, words: impl Into<$crate::markup::FormattedText>) -> Self {
            self.$options.set_quote(words.into(), None);
            self
        }

        /// As [`quote`](Self::quote), with the place of the words in UTF-16 code units, if they occur several times.
        ///
        /// ```no_run
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     (chat, other): (chappe::PeerRef, chappe::PeerRef),
        /// #     (sea, sand): (chappe::Media, chappe::Media),
        /// #     offered: chappe::bots::InlineResults,
        /// # ) -> Result<(), chappe::Error> {
        /// // Not the first noon of message 17, but the one after forty code units.
        #[doc = concat!($begin, ".reply_to(17).quote_at(\"at noon\", 40).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn quote_at(mut self, words: impl Into<$crate::markup::FormattedText>, offset: i32) -> Self {
            self.$options.set_quote(words.into(), Some(offset));
            self
        }
    };
}
pub(crate) use replying;

use chappe_api::enums;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::markup::{self, FormattedText};
use crate::peers::PeerId;

/// Words that are about to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    text: FormattedText,
    syntax: Syntax,
    /// Formatting in the words of the API, beside what the text brings.
    entities: Vec<enums::MessageEntity>,
}

/// How the words are to be read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Syntax {
    Html,
    Markdown,
    #[default]
    Plain,
}

impl Content {
    pub(crate) fn new(text: impl Into<FormattedText>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(crate) fn set_syntax(&mut self, syntax: Syntax) {
        self.syntax = syntax;
    }

    pub(crate) fn set_entities(&mut self, entities: Vec<enums::MessageEntity>) {
        self.entities = entities;
    }

    /// Words and formatting as the API wants them.
    pub(crate) fn read(self, client: &Client) -> Result<(String, Option<Vec<enums::MessageEntity>>), Error> {
        let text = match self.syntax {
            Syntax::Plain => self.text,
            Syntax::Markdown => markup::markdown(&self.text.text),
            Syntax::Html => markup::html(&self.text.text).map_err(|error| {
                Error::with_source(ErrorKind::Argument, format!("the HTML cannot be read: {error}"), error)
            })?,
        };
        let mut entities = markup::to_api(&text.entities);
        for entity in &mut entities {
            if let enums::MessageEntity::InputMessageEntityMentionName(mention) = entity
                && let enums::InputUser::User(user) = &mention.user_id
                && let Ok(known) = client.input_user(PeerId::User(user.user_id))
            {
                mention.user_id = known;
            }
        }
        entities.extend(self.entities);
        Ok((text.text, (!entities.is_empty()).then_some(entities)))
    }
}

/// Methods that say how the words of a builder are to be read. Their examples put words between `begin`, which ends with
/// an open bracket, and `end`.
macro_rules! syntax {
    ($content:ident, $begin:literal, $end:literal) => {
        /// Reads the words as Markdown: see [`markup`](crate::markup).
        ///
        /// ```no_run
        /// # use chappe::bots::Article;
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     chat: chappe::PeerRef,
        /// #     inline: chappe::enums::InputBotInlineMessageId,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, "\"A **bold** word\").markdown()", $end)]
        /// # Ok(())
        /// # }
        /// ```
        pub fn markdown(mut self) -> Self {
            self.$content.set_syntax($crate::messages::content::Syntax::Markdown);
            self
        }

        /// Reads the words as HTML: see [`markup`](crate::markup).
        ///
        /// ```no_run
        /// # use chappe::bots::Article;
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     chat: chappe::PeerRef,
        /// #     inline: chappe::enums::InputBotInlineMessageId,
        /// # ) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, "\"A <b>bold</b> word\").html()", $end)]
        /// # Ok(())
        /// # }
        /// ```
        pub fn html(mut self) -> Self {
            self.$content.set_syntax($crate::messages::content::Syntax::Html);
            self
        }

        /// Adds formatting in the words of the API: for kinds that [`markup`](crate::markup) has no word for. Offsets
        /// count UTF-16 code units of the text as it is read.
        ///
        /// ```no_run
        /// use chappe::types::MessageEntityDiffInsert;
        ///
        /// # use chappe::bots::Article;
        /// # async fn run(
        /// #     client: chappe::Client,
        /// #     chat: chappe::PeerRef,
        /// #     inline: chappe::enums::InputBotInlineMessageId,
        /// # ) -> Result<(), chappe::Error> {
        /// let inserted = MessageEntityDiffInsert { offset: 2, length: 3 };
        #[doc = concat!($begin, "\"A new word\").entities([inserted.into()])", $end)]
        /// # Ok(())
        /// # }
        /// ```
        pub fn entities(mut self, entities: impl IntoIterator<Item = $crate::enums::MessageEntity>) -> Self {
            self.$content.set_entities(entities.into_iter().collect());
            self
        }
    };
}
pub(crate) use syntax;

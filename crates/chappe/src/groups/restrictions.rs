use chappe_api::types;

/// What somebody may not do. Everything is allowed, unless said.
///
/// ```
/// use chappe::groups::Restrictions;
/// use chappe::types;
///
/// let rights = types::ChatBannedRights::from(Restrictions::new().send_media().until(1_900_000_000));
/// assert!(rights.send_media && !rights.view_messages);
/// ```
///
/// Source: <https://core.telegram.org/constructor/chatBannedRights>
#[derive(Clone, Debug, PartialEq)]
#[must_use = "they hold for nobody yet"]
pub struct Restrictions(types::ChatBannedRights);

macro_rules! restrictions {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        impl Restrictions {
            /// Nothing is forbidden: to let somebody do everything again.
            ///
            /// ```
            /// use chappe::{groups::Restrictions, types::ChatBannedRights};
            ///
            /// let none = ChatBannedRights::from(Restrictions::new());
            /// assert!(!none.view_messages && !none.send_messages && none.until_date == 0);
            /// ```
            pub fn new() -> Self {
                Self(types::ChatBannedRights { $($name: false,)+ until_date: 0 })
            }

            $(
                $(#[doc = $doc])+
                ///
                /// ```
                /// use chappe::{groups::Restrictions, types::ChatBannedRights};
                ///
                #[doc = concat!("let restrictions = ChatBannedRights::from(Restrictions::new().", stringify!($name), "());")]
                #[doc = concat!("assert!(restrictions.", stringify!($name), ");")]
                /// ```
                pub fn $name(mut self) -> Self {
                    self.0.$name = true;
                    self
                }
            )+
        }
    };
}

restrictions! {
    /// May not: see the chat at all: who may not is banned.
    view_messages,
    /// May not: write anything.
    send_messages,
    /// May not: send media of any kind.
    send_media,
    /// May not: send stickers.
    send_stickers,
    /// May not: send GIFs.
    send_gifs,
    /// May not: send games.
    send_games,
    /// May not: ask bots inline.
    send_inline,
    /// May not: send links with a preview.
    embed_links,
    /// May not: send polls.
    send_polls,
    /// May not: change title, photo and description.
    change_info,
    /// May not: invite people.
    invite_users,
    /// May not: pin messages.
    pin_messages,
    /// May not: rule topics.
    manage_topics,
    /// May not: send photos.
    send_photos,
    /// May not: send videos.
    send_videos,
    /// May not: send round videos.
    send_roundvideos,
    /// May not: send music.
    send_audios,
    /// May not: send voice messages.
    send_voices,
    /// May not: send documents.
    send_docs,
    /// May not: send words.
    send_plain,
    /// May not: change the own rank.
    edit_rank,
    /// May not: react.
    send_reactions,
    /// May not: rule the chats of a community.
    manage_linked_peers,
}

impl Restrictions {
    /// May not even see the chat.
    ///
    /// ```no_run
    /// use chappe::groups::Restrictions;
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     group: chappe::PeerRef,
    /// #     spammer: chappe::PeerRef,
    /// # ) -> Result<(), chappe::Error> {
    /// let tomorrow = client.server_time().await as i32 + 86_400;
    /// client.restrict(group, spammer, Restrictions::ban().until(tomorrow)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn ban() -> Self {
        Self::new().view_messages()
    }

    /// Until when, Unix seconds. Without it, and for less than half a minute or more than a year: for ever.
    ///
    /// ```
    /// use chappe::groups::Restrictions;
    /// use chappe::types::ChatBannedRights;
    ///
    /// let rights = ChatBannedRights::from(Restrictions::new().send_media().until(1_900_000_000));
    /// assert_eq!((rights.send_media, rights.until_date), (true, 1_900_000_000));
    /// ```
    pub fn until(mut self, date: i32) -> Self {
        self.0.until_date = date;
        self
    }
}

impl Default for Restrictions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Restrictions> for types::ChatBannedRights {
    fn from(restrictions: Restrictions) -> Self {
        restrictions.0
    }
}

impl From<types::ChatBannedRights> for Restrictions {
    fn from(rights: types::ChatBannedRights) -> Self {
        Self(rights)
    }
}

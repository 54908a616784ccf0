use chappe_api::types;

/// What an admin may do. Nothing, unless said.
///
/// ```
/// use chappe::groups::AdminRights;
/// use chappe::types;
///
/// let rights = types::ChatAdminRights::from(AdminRights::new().delete_messages().ban_users());
/// assert!(rights.delete_messages && rights.ban_users && !rights.add_admins);
/// ```
///
/// Source: <https://core.telegram.org/constructor/chatAdminRights>
#[derive(Clone, Debug, PartialEq)]
#[must_use = "nobody has them yet"]
pub struct AdminRights(types::ChatAdminRights);

macro_rules! rights {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        impl AdminRights {
            /// No rights: to make somebody a plain member again.
            ///
            /// ```
            /// use chappe::{groups::AdminRights, types::ChatAdminRights};
            ///
            /// let none = ChatAdminRights::from(AdminRights::new());
            /// assert!(!none.change_info && !none.ban_users && !none.add_admins);
            /// ```
            pub fn new() -> Self {
                Self(types::ChatAdminRights { $($name: false,)+ })
            }

            /// All rights.
            ///
            /// ```
            /// use chappe::{groups::AdminRights, types::ChatAdminRights};
            ///
            /// let all = ChatAdminRights::from(AdminRights::all());
            /// assert!(all.change_info && all.ban_users && all.add_admins);
            /// ```
            pub fn all() -> Self {
                Self(types::ChatAdminRights { $($name: true,)+ })
            }

            $(
                $(#[doc = $doc])+
                ///
                /// ```
                /// use chappe::{groups::AdminRights, types::ChatAdminRights};
                ///
                #[doc = concat!("let rights = ChatAdminRights::from(AdminRights::new().", stringify!($name), "());")]
                #[doc = concat!("assert!(rights.", stringify!($name), ");")]
                /// ```
                pub fn $name(mut self) -> Self {
                    self.0.$name = true;
                    self
                }
            )+
        }
    };
}

rights! {
    /// Change title, photo and description.
    change_info,
    /// Write in a channel.
    post_messages,
    /// Edit the posts of others in a channel.
    edit_messages,
    /// Delete the messages of others.
    delete_messages,
    /// Ban and restrict members.
    ban_users,
    /// Invite people, and rule the links.
    invite_users,
    /// Pin messages.
    pin_messages,
    /// Make others admins, with rights of their own at most.
    add_admins,
    /// Write in the name of the group.
    anonymous,
    /// Rule calls.
    manage_call,
    /// What has no name of its own: see the admin log, the members of a channel …
    other,
    /// Rule topics.
    manage_topics,
    /// Post stories.
    post_stories,
    /// Edit the stories of others.
    edit_stories,
    /// Delete the stories of others.
    delete_stories,
    /// Answer direct messages to a channel.
    manage_direct_messages,
    /// Give members ranks.
    manage_ranks,
    /// Rule the chats of a community.
    manage_linked_peers,
    /// Rule what greets new members.
    manage_welcome_messages,
}

impl AdminRights {
    /// Whether there are none.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::new()
    }
}

impl Default for AdminRights {
    fn default() -> Self {
        Self::new()
    }
}

impl From<AdminRights> for types::ChatAdminRights {
    fn from(rights: AdminRights) -> Self {
        rights.0
    }
}

impl From<types::ChatAdminRights> for AdminRights {
    fn from(rights: types::ChatAdminRights) -> Self {
        Self(rights)
    }
}

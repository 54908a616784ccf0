//! A group or channel in the eyes of somebody.

use chappe_api::{enums, types};

use super::eyes::Eyes;
use super::peer_id::PeerId;
use super::rights::{admin, admin_rights, banned, banned_rights};
use crate::store::chats::{BASIC, BROADCAST, REMOVED, SUPERGROUP};
use crate::store::{ChatRow, MemberRow, Result};

/// What somebody may do in a chat.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) chat: ChatRow,
    pub(crate) member: Option<MemberRow>,
    pub(crate) user_id: i64,
    /// Unix seconds.
    now: i64,
}

impl Standing {
    pub(crate) fn new(chat: ChatRow, member: Option<MemberRow>, user_id: i64, now: i64) -> Self {
        Self { chat, member, user_id, now }
    }

    /// The same chat for somebody else.
    pub(crate) fn of(&self, member: MemberRow) -> Self {
        let user_id = member.user_id;
        Self { chat: self.chat.clone(), member: Some(member), user_id, now: self.now }
    }

    pub(crate) fn peer(&self) -> PeerId {
        PeerId(self.chat.peer)
    }

    pub(crate) fn is_in(&self) -> bool {
        self.member.as_ref().is_some_and(MemberRow::is_in)
    }

    /// Removed and not allowed back yet.
    pub(crate) fn is_removed(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.state == REMOVED && self.bans() & banned::VIEW != 0)
    }

    pub(crate) fn is_creator(&self) -> bool {
        self.is_in() && self.chat.creator == self.user_id
    }

    pub(crate) fn is_broadcast(&self) -> bool {
        self.chat.kind == BROADCAST
    }

    pub(crate) fn is_basic(&self) -> bool {
        self.chat.kind == BASIC
    }

    /// Rights as an administrator.
    pub(crate) fn admin(&self) -> i64 {
        match &self.member {
            // Whether to stay unnamed is the creator's choice.
            Some(member) if self.is_creator() => admin::ALL | member.admin_rights & admin::ANONYMOUS,
            Some(member) if member.is_in() => member.admin_rights,
            _ => 0,
        }
    }

    /// Whether this administrator of a supergroup speaks as the group.
    pub(crate) fn is_unnamed(&self) -> bool {
        let supergroup = !self.is_basic() && !self.is_broadcast();
        supergroup && self.admin() & admin::ANONYMOUS != 0
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.admin() != 0
    }

    /// Restrictions of this member that are still in force.
    pub(crate) fn bans(&self) -> i64 {
        let member = self.member.as_ref();
        member
            .filter(|member| member.banned_until == 0 || member.banned_until > self.now)
            .map_or(0, |member| member.banned_rights)
    }

    /// Whether something is allowed that administrators with `right` may always do, and others unless `ban` holds for
    /// them or for everybody.
    pub(crate) fn may(&self, right: i64, ban: i64) -> bool {
        if self.admin() & right != 0 {
            return true;
        }
        self.is_in() && !self.is_broadcast() && (self.bans() | self.chat.banned_rights) & ban == 0
    }

    /// Whether the messages can be read: by members, and by everybody who is not removed if the chat is public.
    pub(crate) fn may_read(&self) -> bool {
        !self.chat.deleted && (self.is_in() || self.chat.username.is_some() && !self.is_removed())
    }
}

/// What the viewer is in a chat.
pub(crate) async fn standing(eyes: &Eyes<'_>, peer: PeerId) -> Result<Option<Standing>> {
    let Some(chat) = eyes.store().chat(peer.0).await? else { return Ok(None) };
    let member = eyes.store().member(peer.0, eyes.user_id()).await?;
    Ok(Some(Standing::new(chat, member, eyes.user_id(), eyes.now)))
}

/// The chat as the viewer sees it.
pub(crate) async fn load(eyes: &Eyes<'_>, peer: PeerId) -> Result<Option<enums::Chat>> {
    Ok(standing(eyes, peer).await?.map(|standing| see(eyes, &standing)))
}

pub(crate) fn see(eyes: &Eyes<'_>, standing: &Standing) -> enums::Chat {
    if standing.is_basic() { see_basic(eyes, standing) } else { see_channel(eyes, standing) }
}

fn see_basic(eyes: &Eyes<'_>, standing: &Standing) -> enums::Chat {
    let chat = &standing.chat;
    let (id, title) = (PeerId(chat.peer).bare(), chat.title.clone());
    if standing.member.as_ref().is_none_or(|member| member.state == REMOVED) {
        return types::ChatForbidden { id, title }.into();
    }
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let migrated_to = (chat.migrated_to != 0).then(|| {
        let channel_id = PeerId(chat.migrated_to).bare();
        let access_hash = eyes.world.access.channel(eyes.user_id(), channel_id);
        types::InputChannel { channel_id, access_hash }.into()
    });
    // Who has left sees no more of it than the name.
    let is_in = standing.is_in();
    types::Chat {
        creator: chat.creator == standing.user_id,
        left: !is_in || chat.deleted,
        deactivated: chat.deleted || chat.migrated_to != 0,
        call_active: false,
        call_not_empty: false,
        noforwards: chat.noforwards,
        id,
        title,
        photo: if is_in { super::group_photo::small(eyes, chat) } else { enums::ChatPhoto::Empty },
        participants_count: if is_in { int(chat.members) } else { 0 },
        date: int(chat.date),
        version: int(chat.version),
        migrated_to,
        admin_rights: admin_rights(standing.admin()).filter(|_| standing.is_admin()),
        default_banned_rights: banned_rights(chat.banned_rights, 0),
    }
    .into()
}

fn see_channel(eyes: &Eyes<'_>, standing: &Standing) -> enums::Chat {
    let chat = &standing.chat;
    let (broadcast, megagroup) = (chat.kind == BROADCAST, chat.kind == SUPERGROUP);
    let id = PeerId(chat.peer).bare();
    let access_hash = eyes.world.access.channel(eyes.user_id(), id);
    if chat.deleted || standing.is_removed() {
        let until = standing.member.as_ref().map_or(0, |member| member.banned_until);
        let until_date = i32::try_from(until).ok().filter(|until| *until != 0 && standing.is_removed());
        let (title, monoforum) = (chat.title.clone(), false);
        return types::ChannelForbidden {
            broadcast,
            megagroup,
            monoforum,
            id,
            access_hash,
            title,
            until_date,
        }
        .into();
    }
    let bans = standing.bans();
    types::Channel {
        creator: standing.is_creator(),
        left: !standing.is_in(),
        broadcast,
        megagroup,
        signatures: chat.signatures,
        has_link: chat.username.is_some(),
        slowmode_enabled: chat.slowmode != 0,
        noforwards: chat.noforwards,
        join_request: chat.join_request,
        id,
        access_hash: Some(access_hash),
        title: chat.title.clone(),
        username: chat.username.clone(),
        photo: super::group_photo::small(eyes, chat),
        date: standing.member.as_ref().map_or(chat.date, |member| member.date).try_into().unwrap_or(i32::MAX),
        admin_rights: admin_rights(standing.admin()).filter(|_| standing.is_admin()),
        banned_rights: banned_rights(bans, standing.member.as_ref().map_or(0, |member| member.banned_until))
            .filter(|_| bans != 0),
        default_banned_rights: banned_rights(chat.banned_rights, 0),
        participants_count: i32::try_from(chat.members).ok().filter(|_| standing.may_read()),
        ..blank()
    }
    .into()
}

/// A channel with nothing set.
fn blank() -> types::Channel {
    types::Channel {
        creator: false,
        left: false,
        broadcast: false,
        verified: false,
        megagroup: false,
        restricted: false,
        signatures: false,
        min: false,
        scam: false,
        has_link: false,
        has_geo: false,
        slowmode_enabled: false,
        call_active: false,
        call_not_empty: false,
        fake: false,
        gigagroup: false,
        noforwards: false,
        join_to_send: false,
        join_request: false,
        forum: false,
        stories_hidden: false,
        stories_hidden_min: false,
        stories_unavailable: false,
        signature_profiles: false,
        autotranslation: false,
        broadcast_messages_allowed: false,
        monoforum: false,
        forum_tabs: false,
        in_news: false,
        id: 0,
        access_hash: None,
        title: String::new(),
        username: None,
        photo: enums::ChatPhoto::Empty,
        date: 0,
        restriction_reason: None,
        admin_rights: None,
        banned_rights: None,
        default_banned_rights: None,
        participants_count: None,
        usernames: None,
        stories_max_id: None,
        color: None,
        profile_color: None,
        emoji_status: None,
        level: None,
        subscription_until_date: None,
        bot_verification_icon: None,
        send_paid_messages_stars: None,
        linked_monoforum_id: None,
        linked_community_id: None,
        pinned_msg_id: None,
    }
}

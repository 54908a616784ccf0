//! Changes of groups and channels.

use super::chats::{MemberRow, is_channel};
use super::{Result, Store, StoreError, Tx};
use crate::limits::{CHANNELS_PER_ACCOUNT, GROUP_MEMBERS};

/// One thing that changes about a chat. Each is a column of its own, so changes at the same time do not undo each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChatEdit {
    Title(String),
    About(String),
    /// TL `photo`.
    Photo(Option<Vec<u8>>),
    BannedRights(i64),
    Signatures(bool),
    NoForwards(bool),
    HiddenHistory(bool),
    JoinRequest(bool),
    /// Seconds.
    SlowMode(i64),
    Creator(i64),
    Deleted,
}

/// What changes about a chat, written in one transaction with the message that tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amendment {
    pub(crate) edits: Vec<ChatEdit>,
    pub(crate) members: Vec<MemberRow>,
    /// Messages, by uid, that those who come in get besides. Basic groups only.
    pub(crate) history: Vec<i64>,
    /// The link by which somebody comes in.
    pub(crate) entry: Option<Entry>,
}

/// Somebody comes by an invite link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) hash: String,
    pub(crate) user_id: i64,
    /// Who has let them in; 0: nobody had to.
    pub(crate) approved_by: i64,
    /// Unix seconds.
    pub(crate) at: i64,
}

impl Amendment {
    pub(crate) fn edit(edit: ChatEdit) -> Self {
        Self { edits: vec![edit], ..Self::default() }
    }

    pub(crate) fn members(members: Vec<MemberRow>) -> Self {
        Self { members, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.members.is_empty()
    }
}

impl Store {
    /// Changes a chat without a word.
    pub(crate) async fn amend(&self, peer: i64, amendment: &Amendment) -> Result<()> {
        let mut tx = self.begin().await?;
        apply(&mut tx, peer, amendment).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Applies an amendment, as a new version of the chat. [`StoreError::Outrun`] if somebody's part is not as it was read or
/// others have taken the last room, [`StoreError::Spent`] if a link leads nobody in any more.
pub(super) async fn apply(tx: &mut Tx, peer: i64, amendment: &Amendment) -> Result<()> {
    if amendment.is_empty() {
        return Ok(());
    }
    for one in &amendment.edits {
        edit(tx, peer, one).await?;
    }
    if let Some(entry) = &amendment.entry {
        super::invites::enter(tx, entry).await?;
    }
    for member in &amendment.members {
        if put_member(tx, member).await? {
            check_room(tx, member).await?;
        }
    }
    sqlx::query("UPDATE chats SET version = version + 1 WHERE peer = $1")
        .bind(peer)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn edit(tx: &mut Tx, peer: i64, edit: &ChatEdit) -> Result<()> {
    macro_rules! set {
        ($column:literal, $value:expr) => {
            sqlx::query(concat!("UPDATE chats SET ", $column, " = $2 WHERE peer = $1"))
                .bind(peer)
                .bind($value)
                .execute(&mut **tx)
                .await?
        };
    }
    match edit {
        ChatEdit::Title(title) => set!("title", title.as_str()),
        ChatEdit::About(about) => set!("about", about.as_str()),
        ChatEdit::Photo(photo) => set!("photo", photo.as_deref()),
        ChatEdit::BannedRights(bits) => set!("banned_rights", *bits),
        ChatEdit::Signatures(on) => set!("signatures", *on),
        ChatEdit::NoForwards(on) => set!("noforwards", *on),
        ChatEdit::HiddenHistory(on) => set!("hidden_history", *on),
        ChatEdit::JoinRequest(on) => set!("join_request", *on),
        ChatEdit::SlowMode(seconds) => set!("slowmode", *seconds),
        ChatEdit::Creator(user_id) => set!("creator", *user_id),
        ChatEdit::Deleted => set!("deleted", true),
    };
    Ok(())
}

/// Whether there was room for somebody who has come in: in a basic group, or among the channels of the account. Calls look
/// before they write, so where there is none, others were faster.
pub(super) async fn check_room(tx: &mut Tx, member: &MemberRow) -> Result<()> {
    let (count, most) = if is_channel(member.peer) {
        let channels =
            "SELECT COUNT(*) FROM chat_members WHERE user_id = $1 AND state = 0 AND peer < -1000000000000";
        (sqlx::query_scalar(channels).bind(member.user_id), CHANNELS_PER_ACCOUNT)
    } else {
        let members = "SELECT COUNT(*) FROM chat_members WHERE peer = $1 AND state = 0";
        (sqlx::query_scalar(members).bind(member.peer), GROUP_MEMBERS)
    };
    let count: i64 = count.fetch_one(&mut **tx).await?;
    if count > most { Err(StoreError::Outrun) } else { Ok(()) }
}

/// Writes somebody's part in a chat; says whether they have come in by that. Who comes into a channel has it in the list,
/// read to the end, and sees what was said before unless the channel hides it.
pub(super) async fn put_member(tx: &mut Tx, member: &MemberRow) -> Result<bool> {
    let before: Option<i64> =
        sqlx::query_scalar("SELECT state FROM chat_members WHERE peer = $1 AND user_id = $2")
            .bind(member.peer)
            .bind(member.user_id)
            .fetch_optional(&mut **tx)
            .await?;
    let written = sqlx::query(
        "INSERT INTO chat_members (peer, user_id, state, inviter, date, admin_rights, promoted_by, rank, banned_rights,
            banned_until, banned_by, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
         ON CONFLICT (peer, user_id) DO UPDATE SET state = excluded.state, inviter = excluded.inviter, date = excluded.date,
            admin_rights = excluded.admin_rights, promoted_by = excluded.promoted_by, rank = excluded.rank,
            banned_rights = excluded.banned_rights, banned_until = excluded.banned_until, banned_by = excluded.banned_by,
            revision = chat_members.revision + 1 WHERE chat_members.revision = $12",
    )
    .bind(member.peer)
    .bind(member.user_id)
    .bind(member.state)
    .bind(member.inviter)
    .bind(member.date)
    .bind(member.admin_rights)
    .bind(member.promoted_by)
    .bind(member.rank.as_str())
    .bind(member.banned_rights)
    .bind(member.banned_until)
    .bind(member.banned_by)
    .bind(member.revision)
    .execute(&mut **tx)
    .await?;
    if written.rows_affected() == 0 {
        return Err(StoreError::Outrun);
    }
    let comes_in = member.is_in() && before != Some(super::chats::MEMBER);
    if comes_in {
        sqlx::query("DELETE FROM join_requests WHERE peer = $1 AND user_id = $2")
            .bind(member.peer)
            .bind(member.user_id)
            .execute(&mut **tx)
            .await?;
        if is_channel(member.peer) {
            come_in(tx, member).await?;
        }
    }
    Ok(comes_in)
}

async fn come_in(tx: &mut Tx, member: &MemberRow) -> Result<()> {
    super::dialogs::ensure(tx, member.user_id, member.peer, member.peer).await?;
    sqlx::query(
        "UPDATE dialogs SET read_inbox = COALESCE((SELECT last_id FROM mailboxes WHERE mailbox = $2), 0)
         WHERE user_id = $1 AND peer = $2",
    )
    .bind(member.user_id)
    .bind(member.peer)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE dialogs SET available_min = read_inbox WHERE user_id = $1 AND peer = $2 AND available_min < read_inbox
         AND EXISTS (SELECT 1 FROM chats c WHERE c.peer = $2 AND c.hidden_history = TRUE AND c.creator <> $1)",
    )
    .bind(member.user_id)
    .bind(member.peer)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

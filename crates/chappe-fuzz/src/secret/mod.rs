//! Secret chats: the envelope, the engine against a peer who holds the key and plays foul, and what was stored.

mod driver;
mod engine;
mod envelope;
mod records;

pub use engine::secret_engine;
pub use envelope::secret_envelope;
pub use records::secret_records;

//! MTProto 2.0 for both roles, without I/O: transports, auth key exchange, sessions.

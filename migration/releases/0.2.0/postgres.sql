CREATE TABLE public.acme_records (
    name text NOT NULL,
    sealed bytea NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.applications (
    id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.attempt_stand_ins (
    id smallint NOT NULL,
    attempts bigint NOT NULL
);
CREATE TABLE public.avatars (
    user_id uuid NOT NULL,
    object_key text NOT NULL,
    content_type text NOT NULL,
    bytes bigint NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    digest bytea NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.backup_codes (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    hash text NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint
);
CREATE TABLE public.canary_shares (
    generation text NOT NULL,
    percent smallint NOT NULL,
    set_at bigint NOT NULL
);
CREATE TABLE public.captcha_uses (
    id uuid NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.consents (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    document text NOT NULL,
    version text NOT NULL,
    accepted_at bigint NOT NULL,
    network text
);
CREATE TABLE public.cookie_generations (
    generation text NOT NULL,
    secure boolean NOT NULL,
    domain text NOT NULL,
    first_used_at bigint NOT NULL
);
CREATE TABLE public.data_keys (
    id text NOT NULL,
    purpose text NOT NULL,
    state text NOT NULL,
    wrapped bytea NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.device_attempts (
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    failures bigint NOT NULL,
    last_tried_at bigint NOT NULL
);
CREATE TABLE public.factor_attempts (
    user_id uuid NOT NULL,
    factor text NOT NULL,
    consecutive bigint NOT NULL,
    recent bigint NOT NULL,
    locks bigint NOT NULL,
    locked_until bigint,
    last_tried_at bigint NOT NULL
);
CREATE TABLE public.federated_sessions (
    family_id uuid NOT NULL,
    identity_id uuid NOT NULL,
    sid_hash bytea
);
CREATE TABLE public.federation_uses (
    id uuid NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.health_probes (
    id smallint NOT NULL,
    writes bigint NOT NULL
);
CREATE TABLE public.identities (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    provider text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text,
    created_at bigint NOT NULL,
    last_used_at bigint
);
CREATE TABLE public.invitations (
    id uuid NOT NULL,
    email text NOT NULL,
    roles text NOT NULL,
    invited_by uuid,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    accepted_at bigint,
    accepted_by uuid,
    revoked_at bigint
);
CREATE TABLE public.job_runs (
    job text NOT NULL,
    finished_at bigint NOT NULL,
    rows bigint NOT NULL,
    rows_total bigint NOT NULL
);
CREATE TABLE public.leases (
    name text NOT NULL,
    holder text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.login_challenges (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    credential_epoch bigint NOT NULL,
    amr text NOT NULL,
    device_name text,
    tries bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    voided_at bigint,
    remembered boolean DEFAULT true NOT NULL,
    time_zone text,
    identity_id uuid,
    sid_hash bytea
);
CREATE TABLE public.login_delays (
    cell bigint NOT NULL,
    version bigint NOT NULL,
    empty_at bigint NOT NULL,
    open_at bigint NOT NULL,
    saved_at bigint NOT NULL
);
CREATE TABLE public.one_time_tokens (
    id uuid NOT NULL,
    purpose text NOT NULL,
    user_id uuid,
    invitation_id uuid,
    token_hash bytea NOT NULL,
    email text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    voided_at bigint,
    session_id uuid,
    credential_epoch bigint,
    sent_at bigint,
    resends bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.outbox (
    id uuid NOT NULL,
    channel text NOT NULL,
    template text NOT NULL,
    user_id uuid,
    sealed bytea,
    state text NOT NULL,
    attempts bigint NOT NULL,
    created_at bigint NOT NULL,
    next_attempt_at bigint NOT NULL,
    expires_at bigint,
    finished_at bigint,
    last_error text
);
CREATE TABLE public.passkeys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    name text NOT NULL,
    credential text NOT NULL,
    aaguid uuid,
    backup_eligible boolean NOT NULL,
    backed_up boolean NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint
);
CREATE TABLE public.password_credentials (
    user_id uuid NOT NULL,
    hash text NOT NULL,
    changed_at bigint NOT NULL,
    failures bigint DEFAULT 0 NOT NULL,
    locked_at bigint,
    known_failures bigint DEFAULT 0 NOT NULL,
    known_locked_at bigint
);
CREATE TABLE public.pending_registrations (
    id uuid NOT NULL,
    email text NOT NULL,
    network text NOT NULL,
    wider_network text NOT NULL,
    link_hash bytea NOT NULL,
    secret_hash bytea NOT NULL,
    password_hash text NOT NULL,
    display_name text,
    locale text,
    terms_version text,
    consent_network text,
    failures bigint NOT NULL,
    link_failures bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.quota_usage (
    scope text NOT NULL,
    day bigint NOT NULL,
    used bigint NOT NULL,
    user_id uuid
);
CREATE TABLE public.revocations (
    seq bigint NOT NULL,
    family_id uuid NOT NULL,
    revoked_at bigint NOT NULL,
    reason text NOT NULL,
    created_before bigint,
    settled_at bigint
);
ALTER TABLE public.revocations ALTER COLUMN seq ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.revocations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.root_keys (
    id smallint NOT NULL,
    sealed bytea NOT NULL,
    state text NOT NULL,
    created_at bigint NOT NULL,
    kept_until bigint,
    mac bytea
);
CREATE TABLE public.schema_versions (
    id smallint NOT NULL,
    version bigint NOT NULL,
    least_compatible bigint NOT NULL
);
CREATE TABLE public.seaql_migrations (
    version character varying NOT NULL,
    applied_at bigint NOT NULL
);
CREATE TABLE public.security_events (
    id uuid NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    actor_id uuid,
    session_id uuid,
    correlation_id text NOT NULL,
    address text,
    user_agent text,
    detail json NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.session_families (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    key_id smallint NOT NULL,
    salt bytea NOT NULL,
    generation bigint NOT NULL,
    current_jti uuid NOT NULL,
    rotated_at bigint NOT NULL,
    rotation_key_hash bytea,
    auth_time bigint NOT NULL,
    amr text NOT NULL,
    aal smallint NOT NULL,
    credential_epoch bigint NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    device_hash bytea NOT NULL,
    device_name text,
    browser text,
    os text,
    device_type text NOT NULL,
    last_ip_cidr text,
    location text,
    country text,
    latitude smallint,
    longitude smallint,
    login_country text,
    revoked_at bigint,
    revoke_reason text,
    replayed_jti uuid,
    access_expires_at bigint,
    known_device_id uuid,
    transport text DEFAULT 'bearer'::text NOT NULL,
    remembered boolean DEFAULT true NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.signing_keys (
    kid text NOT NULL,
    algorithm text NOT NULL,
    state text NOT NULL,
    sealed bytea NOT NULL,
    public_jwk text NOT NULL,
    created_at bigint NOT NULL,
    activated_at bigint,
    mac bytea
);
CREATE TABLE public.sms_authenticators (
    user_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    confirmed_at bigint,
    last_used_at bigint
);
CREATE TABLE public.sms_codes (
    flow_id uuid NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    sealed bytea NOT NULL,
    number_sealed bytea,
    tries bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    session_id uuid,
    credential_epoch bigint
);
CREATE TABLE public.sms_sends (
    id uuid NOT NULL,
    user_id uuid,
    phone_hash bytea NOT NULL,
    network_hash bytea,
    created_at bigint NOT NULL
);
CREATE TABLE public.stranger_counts (
    minute bigint NOT NULL,
    kind text NOT NULL,
    network text NOT NULL,
    requests bigint NOT NULL
);
CREATE TABLE public.totp_authenticators (
    user_id uuid NOT NULL,
    sealed bytea NOT NULL,
    last_step bigint NOT NULL,
    created_at bigint NOT NULL,
    confirmed_at bigint,
    last_used_at bigint
);
CREATE TABLE public.trusted_devices (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    name text,
    browser text,
    os text,
    device_type text NOT NULL,
    last_ip_cidr text,
    failures bigint NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.users (
    id uuid NOT NULL,
    email text NOT NULL,
    display_name text,
    status text NOT NULL,
    roles text NOT NULL,
    credential_epoch bigint NOT NULL,
    password_must_change boolean NOT NULL,
    email_verified_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    locale text,
    erase_at bigint,
    mfa_enrolled_at bigint,
    mfa_reset_until bigint,
    device_epoch bigint DEFAULT 0 NOT NULL,
    is_admin boolean GENERATED ALWAYS AS ((strpos(((' '::text || roles) || ' '::text), ' admin '::text) > 0)) STORED,
    external_id text,
    time_zone text,
    secured_at bigint
);
CREATE TABLE public.webauthn_ceremonies (
    id uuid NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    flow_id uuid,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint
);
CREATE TABLE public.webauthn_ceremony_uses (
    id uuid NOT NULL,
    expires_at bigint NOT NULL
);
INSERT INTO public.applications VALUES ('01a21fec-d2ef-7cd8-86c4-5182aedce941', 'shop', '\xfb51e367f91955974e3361a4f30a4a4d7503d4e8a85c3bf22822300c15fbff43', 1795831943919325);
INSERT INTO public.attempt_stand_ins VALUES (0, 0);
INSERT INTO public.attempt_stand_ins VALUES (1, 0);
INSERT INTO public.attempt_stand_ins VALUES (2, 0);
INSERT INTO public.attempt_stand_ins VALUES (3, 0);
INSERT INTO public.attempt_stand_ins VALUES (4, 0);
INSERT INTO public.attempt_stand_ins VALUES (5, 0);
INSERT INTO public.attempt_stand_ins VALUES (6, 0);
INSERT INTO public.attempt_stand_ins VALUES (7, 0);
INSERT INTO public.attempt_stand_ins VALUES (8, 0);
INSERT INTO public.attempt_stand_ins VALUES (9, 0);
INSERT INTO public.attempt_stand_ins VALUES (10, 0);
INSERT INTO public.attempt_stand_ins VALUES (11, 0);
INSERT INTO public.attempt_stand_ins VALUES (12, 0);
INSERT INTO public.attempt_stand_ins VALUES (13, 0);
INSERT INTO public.attempt_stand_ins VALUES (14, 0);
INSERT INTO public.attempt_stand_ins VALUES (15, 0);
INSERT INTO public.attempt_stand_ins VALUES (16, 0);
INSERT INTO public.attempt_stand_ins VALUES (17, 0);
INSERT INTO public.attempt_stand_ins VALUES (18, 0);
INSERT INTO public.attempt_stand_ins VALUES (19, 0);
INSERT INTO public.attempt_stand_ins VALUES (20, 0);
INSERT INTO public.attempt_stand_ins VALUES (21, 0);
INSERT INTO public.attempt_stand_ins VALUES (22, 0);
INSERT INTO public.attempt_stand_ins VALUES (23, 0);
INSERT INTO public.attempt_stand_ins VALUES (24, 0);
INSERT INTO public.attempt_stand_ins VALUES (25, 0);
INSERT INTO public.attempt_stand_ins VALUES (26, 0);
INSERT INTO public.attempt_stand_ins VALUES (27, 0);
INSERT INTO public.attempt_stand_ins VALUES (28, 0);
INSERT INTO public.attempt_stand_ins VALUES (29, 0);
INSERT INTO public.attempt_stand_ins VALUES (30, 0);
INSERT INTO public.attempt_stand_ins VALUES (31, 0);
INSERT INTO public.attempt_stand_ins VALUES (32, 0);
INSERT INTO public.attempt_stand_ins VALUES (33, 0);
INSERT INTO public.attempt_stand_ins VALUES (34, 0);
INSERT INTO public.attempt_stand_ins VALUES (35, 0);
INSERT INTO public.attempt_stand_ins VALUES (36, 0);
INSERT INTO public.attempt_stand_ins VALUES (37, 0);
INSERT INTO public.attempt_stand_ins VALUES (38, 0);
INSERT INTO public.attempt_stand_ins VALUES (39, 0);
INSERT INTO public.attempt_stand_ins VALUES (40, 0);
INSERT INTO public.attempt_stand_ins VALUES (41, 0);
INSERT INTO public.attempt_stand_ins VALUES (42, 0);
INSERT INTO public.attempt_stand_ins VALUES (43, 0);
INSERT INTO public.attempt_stand_ins VALUES (44, 0);
INSERT INTO public.attempt_stand_ins VALUES (45, 0);
INSERT INTO public.attempt_stand_ins VALUES (46, 0);
INSERT INTO public.attempt_stand_ins VALUES (47, 0);
INSERT INTO public.attempt_stand_ins VALUES (48, 0);
INSERT INTO public.attempt_stand_ins VALUES (49, 0);
INSERT INTO public.attempt_stand_ins VALUES (50, 0);
INSERT INTO public.attempt_stand_ins VALUES (51, 0);
INSERT INTO public.attempt_stand_ins VALUES (52, 0);
INSERT INTO public.attempt_stand_ins VALUES (53, 0);
INSERT INTO public.attempt_stand_ins VALUES (54, 0);
INSERT INTO public.attempt_stand_ins VALUES (55, 0);
INSERT INTO public.attempt_stand_ins VALUES (56, 0);
INSERT INTO public.attempt_stand_ins VALUES (57, 0);
INSERT INTO public.attempt_stand_ins VALUES (58, 0);
INSERT INTO public.attempt_stand_ins VALUES (59, 0);
INSERT INTO public.attempt_stand_ins VALUES (60, 0);
INSERT INTO public.attempt_stand_ins VALUES (61, 0);
INSERT INTO public.attempt_stand_ins VALUES (62, 0);
INSERT INTO public.attempt_stand_ins VALUES (63, 0);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-728b-aa18-4ba6ee1e7c01', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$KtL92Ude9SsZ0CPsdg2yS0gGuCjZW313K4WoTS+mwc0', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-73ae-bdff-957055bc0aa0', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$LWX7JLh0RWmG5oJX2ak1TFVQBFeVSj8JCMD1uHt4u9w', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-73d4-9fe2-95a193fcd2a7', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$ZJJKPajCH41Q32Mi2TS8aog5XdJg9Bm8ptB9Bkpp/VQ', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7b40-adb7-279025879ceb', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$q4ZjFNdcdOjsSUXLmzRNLF9tynGQ2s1wHEX44YMPMuU', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7fd8-a328-41dc730d66f9', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$GYmY5mSxZJ7kHNnq5n+N5CkLdrcXOmw+pz1BLDrjWdI', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7aba-8c52-cb03d52bfca0', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$3DSbWRiUF+4HOSBh8fHhqPj5vYc6e1NRFhe9Mgs3SAQ', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7538-b164-4b4be4682a41', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$OzIepj+psSZ3cJVsFFsVxWES8C5xFzyHSY81grrlWg4', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7de4-9228-ce74cf4d4697', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$kQnIAIhC3v0yOQibq62qc2n6ZAHAQJ7Rr8aefeod3yo', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7938-9833-f1514970eb65', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$gzlWULXHM7iz3N/FCr0ILu0wShGzcHccx+6L2Y6hnFo', 1795831943538605, NULL);
INSERT INTO public.backup_codes VALUES ('01a21fec-d172-7c78-ab2e-465ce91f99db', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$d/CgiDEoHYMtyI+w4QK7rw$scOPWFTDGySMBTOloCXk05nmWyNNqozYM3IfPZQI40U', 1795831943538605, NULL);
INSERT INTO public.cookie_generations VALUES ('v1', false, '', 1795831943295398);
INSERT INTO public.health_probes VALUES (1, 3);
INSERT INTO public.leases VALUES ('gauges', 'vm:/tmp/kindred-release-xgvw4tl_', 1795831963319224);
INSERT INTO public.one_time_tokens VALUES ('01a21fec-d0fa-7f65-8330-3f5d9342a6b5', 'verify_email', '01a21fec-d0fa-7468-ad42-8a786f760ca9', NULL, '\x920be565b7e562a5a92852ccd36a375bbe855b2dc91cdd55e948361e401c956e', 'ada@example.org', 1795831943418786, 1795918343418786, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.one_time_tokens VALUES ('01a21fec-d193-71ea-bbff-0c078a8e61fa', 'verify_email', '01a21fec-d193-74d0-aaff-231503a9f814', NULL, '\x722851fb1cfd79dd39e6c566ccc9e16d30f22eed0caa90e7493c987793042591', 'bob@example.org', 1795831943571767, 1795918343571767, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.one_time_tokens VALUES ('01a21fec-d1f1-7c01-b411-392a16c52b50', 'reset_password', '01a21fec-d193-74d0-aaff-231503a9f814', NULL, '\x3285a0e311273298ced6d5efcd7b46d8fb67b8d4e168fb010757b80189d5316b', 'bob@example.org', 1795831943665880, 1795833743665880, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.outbox VALUES ('01a21fec-d0fa-76c0-8ebf-7d751e830a33', 'mail', 'verify_email', '01a21fec-d0fa-7468-ad42-8a786f760ca9', NULL, 'sent', 1, 1795831943418896, 1795832063430794, 1795918343418786, 1795831943454576, NULL);
INSERT INTO public.outbox VALUES ('01a21fec-d193-7fec-80b7-369eece745ec', 'mail', 'verify_email', '01a21fec-d193-74d0-aaff-231503a9f814', NULL, 'sent', 1, 1795831943571866, 1795832063579118, 1795918343571767, 1795831943593779, NULL);
INSERT INTO public.outbox VALUES ('01a21fec-d1f2-7e27-813f-e255409cc449', 'mail', 'reset_password', '01a21fec-d193-74d0-aaff-231503a9f814', NULL, 'sent', 1, 1795831943666045, 1795832063672675, 1795833743665880, 1795831943678938, NULL);
INSERT INTO public.password_credentials VALUES ('01a21fec-d0fa-7468-ad42-8a786f760ca9', '$argon2id$v=19$m=8,t=1,p=1$8QlEvKi0Mf9eLuc5Z5mCIA$lgZc33Yx5NHk1XsE1p5SC9WyMiTTzrc3QRjtc0Y2w0Q', 1795831943418755, 0, NULL, 0, NULL);
INSERT INTO public.password_credentials VALUES ('01a21fec-d193-74d0-aaff-231503a9f814', '$argon2id$v=19$m=8,t=1,p=1$Vvd0s76cO42tEMlFz/tKAg$UtSHpC02cmVh4Qj0Fn4F6NV+j33t2pxyHicK+OBVdkU', 1795831943571742, 0, NULL, 0, NULL);
INSERT INTO public.quota_usage VALUES ('mail', 20785, 3, NULL);
INSERT INTO public.quota_usage VALUES ('mail-requested/81ab34763160cfc80f6f1bc20bb61cdd', 20785, 2, NULL);
INSERT INTO public.quota_usage VALUES ('mail-requested/a637df245e89b096f775db2532812b6c', 20785, 1, NULL);
INSERT INTO public.quota_usage VALUES ('mail/01a21fec-d0fa-7468-ad42-8a786f760ca9', 20785, 1, '01a21fec-d0fa-7468-ad42-8a786f760ca9');
INSERT INTO public.quota_usage VALUES ('mail/01a21fec-d193-74d0-aaff-231503a9f814', 20785, 2, '01a21fec-d193-74d0-aaff-231503a9f814');
INSERT INTO public.quota_usage VALUES ('sms', 20785, 0, NULL);
INSERT INTO public.revocations VALUES (1, '01a21fec-d1ac-7504-afbe-93c1361e71d4', 1795831943646552, 'logout', NULL, NULL);
INSERT INTO public.root_keys VALUES (1, '\x02cc8d95039886c5a4937c27085214495f5804d8c22933d152487d0fe6b201b6f637c8391d6330a78adca7aada81470e105b518e32695d45b77cf18be743780471c6c15f2587cc16b12c47efed', 'active', 1795831943278242, NULL, '\x01cc8d9503b647cfca1eeb0387d2a66a7847eb702079c8d232ef84cb23f20aa1e040ac4f41');
INSERT INTO public.schema_versions VALUES (1, 38, 21);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000001_users', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000002_keys', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000003_session_families', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000004_security_events', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000005_account_states', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000006_outbox', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000007_one_time_tokens', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000008_personal_data', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000009_login_states', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000010_administration', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000011_upkeep', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000012_authenticators', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000001_access_expiry', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000010_signing_key_tags', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000011_revoke_all', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000020_stranger_counts', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000021_ceremony_uses', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000030_known_devices', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000040_bound_links', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000050_pending_registrations', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000060_schema_versions', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000070_admins', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000080_health_probes', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000090_external_ids', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000010_session_transport', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000020_cookie_generations', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000040_captcha_uses', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000300_acme', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000310_applications', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000360_time_zones', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000510_canary_shares', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000520_signing_key_rings', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000530_root_key_lives', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000540_secured_accounts', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000590_data_keys', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000600_identities', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000610_federated_sessions', 1795831943);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000620_root_key_tags', 1795831943);
INSERT INTO public.security_events VALUES ('01a21fec-d0fa-7273-99b1-668068c25e3e', 'account.registered', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '01a21fec-d0fa-7468-ad42-8a786f760ca9', NULL, '01a21fec-d0bb-7392-970b-6b7edf9d89d8', '127.0.0.1', NULL, '{}', 1795831943418766);
INSERT INTO public.security_events VALUES ('01a21fec-d12f-7b09-afd4-4e1cc83c7446', 'login.succeeded', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '01a21fec-d125-7e3c-8b62-cf2a0af728a8', '01a21fec-d10a-7921-bbae-53a6f8033e14', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795831943471084);
INSERT INTO public.security_events VALUES ('01a21fec-d172-7d70-8606-d19f95184c49', 'factor.enrolled', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '01a21fec-d0fa-7468-ad42-8a786f760ca9', '01a21fec-d125-7e3c-8b62-cf2a0af728a8', '01a21fec-d161-7b0d-815e-831d82808169', '127.0.0.1', NULL, '{"factor": "totp"}', 1795831943538650);
INSERT INTO public.security_events VALUES ('01a21fec-d193-7b44-894d-20322f911148', 'account.registered', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d193-74d0-aaff-231503a9f814', NULL, '01a21fec-d18e-7f59-92dd-28db56cd6fdb', '127.0.0.1', NULL, '{}', 1795831943571751);
INSERT INTO public.security_events VALUES ('01a21fec-d1b5-7217-8383-651e8fe4e2cd', 'login.succeeded', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d1ac-7504-afbe-93c1361e71d4', '01a21fec-d19e-73e7-a93c-c3cd0af758d4', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795831943605108);
INSERT INTO public.security_events VALUES ('01a21fec-d1c5-74ea-955e-8a86610e02bf', 'login.succeeded', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d1c1-7504-9792-e26571ac69cf', '01a21fec-d1b9-76f7-b1dd-913363385802', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795831943621156);
INSERT INTO public.security_events VALUES ('01a21fec-d1d6-7eb1-92f7-f0f19f2b2637', 'login.succeeded', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d1d1-7504-9c56-f5795ac9c77f', '01a21fec-d1c8-7fe1-9397-10f8a6852f85', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795831943638595);
INSERT INTO public.security_events VALUES ('01a21fec-d1de-7510-b8d6-79fa8aea58a3', 'session.ended', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d193-74d0-aaff-231503a9f814', '01a21fec-d1ac-7504-afbe-93c1361e71d4', '01a21fec-d1da-700e-a13b-ea7c5760d55c', '127.0.0.1', NULL, '{"reason": "logout"}', 1795831943646552);
INSERT INTO public.security_events VALUES ('01a21fec-d1f0-7c3c-b061-dfd27bd53c8d', 'password.reset_requested', '01a21fec-d193-74d0-aaff-231503a9f814', NULL, NULL, '01a21fec-d1e7-75a0-9a8d-5189b84a4d72', '127.0.0.1', NULL, '{"sent": true}', 1795831943664242);
INSERT INTO public.security_events VALUES ('01a21fec-d2ef-7ec5-b5f3-1ce97f8d06b1', 'application.created', NULL, NULL, NULL, '01a21fec-d2ed-78ed-9590-b8aff7ca6983', NULL, 'kindred-cli/0.1.0', '{"via": "cli", "application": "01a21fec-d2ef-7cd8-86c4-5182aedce941"}', 1795831943919370);
INSERT INTO public.session_families VALUES ('01a21fec-d125-7e3c-8b62-cf2a0af728a8', '01a21fec-d0fa-7468-ad42-8a786f760ca9', 1, '\x244ab7db16a84fd62c773608d71b47fe', 2, 'ba6c3bf7-89e9-8119-a789-7e6e86e0d57d', 1795831943562271, '\xbece32c3c5f139675fb1e48597ffc5af', 1795831943461107, 'pwd', 1, 0, 1795831943461107, 1795831943562271, 1798423943562271, 1803607943461107, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795832571562271, '01a21fec-d125-79ac-9553-dc047c19ebc1', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21fec-d1c1-7504-9792-e26571ac69cf', '01a21fec-d193-74d0-aaff-231503a9f814', 1, '\x2862bde2f1bdd64af234415d2982e1e9', 1, 'a7e1ba64-7d45-83e7-b306-96fdb84952b9', 1795831943617934, NULL, 1795831943617934, 'pwd', 1, 0, 1795831943617934, 1795831943617934, 1798423943617934, 1803607943617934, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795832523617934, '01a21fec-d1c1-7343-a0ad-19cdb4e670a3', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21fec-d1d1-7504-9c56-f5795ac9c77f', '01a21fec-d193-74d0-aaff-231503a9f814', 1, '\x771dc714604b6ee9e5576897b6df0d13', 1, '60d51597-f96e-8736-b1b8-808d9f3ffcee', 1795831943633101, NULL, 1795831943633101, 'pwd', 1, 0, 1795831943633101, 1795831943633101, 1798423943633101, 1803607943633101, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795832542633101, '01a21fec-d1d1-7ef7-a13f-e40cf84b106e', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21fec-d1ac-7504-afbe-93c1361e71d4', '01a21fec-d193-74d0-aaff-231503a9f814', 1, '\x8de43d811b4886ef01ebb717a49c3b50', 1, '5bdfe37f-fcfc-8a93-b360-cc3491112906', 1795831943596823, NULL, 1795831943596823, 'pwd', 1, 0, 1795831943596823, 1795831943596823, 1798423943596823, 1803607943596823, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, 1795831943646552, 'logout', NULL, 1795832523596823, '01a21fec-d1ac-7cf6-b4d6-d72cabd222d0', 'bearer', true);
INSERT INTO public.signing_keys VALUES ('hvfuVesBsIlaIQ30vjBB1zSAZFYTU68yVdNzSDSQDM4', 'ES256', 'active', '\x02cc8d950363f2bd58f7054c84facf08252073bf1622984997b14080ebf7150868ba2b6833600709c9912da56a31da2aef9677550f6b3b5e518fff1ff69e41cb04aa4519e355c4803e9661eb532843eb4b54922a46f731d53a05325e8aa90a34b0d82d90833fa2d705324ca1864c0371970987e97287bf71deae96542a0b735af40805362d83e365ed48c6d6a106ae59f007bceedc8403e1f4d101368cd7a3ddc7171296ef6569771bf6615744cecd1b0cd74a82756f0f', '{"alg":"ES256","crv":"P-256","kid":"hvfuVesBsIlaIQ30vjBB1zSAZFYTU68yVdNzSDSQDM4","kty":"EC","use":"sig","x":"t3tYpcrhunzXwN-2M4pFdlIYtZ1S0i_RpeGB2zSqNOo","y":"B0CNV251fQB5dXlJA7mUu2PlQDuD-ZO4Tja2pax5suQ"}', 1795831943282921, 1795831943282921, '\x01cc8d95033f38250f59eef457153f52df7f9c2acf3a8e6bdcf43b87c1ecc71237901f58d9');
INSERT INTO public.signing_keys VALUES ('UGUHM0VGvmuV8N3NCj2v8Dvl4u78nwhDFHHL0SDkUiw', 'ES256', 'standby', '\x02cc8d95032772872cf2466862cbd749535400fb144eb50ae4a05bf066fd3ad5a243d1362b1d517bbea078132b1b5ba745433df5b23d55c6c3a652c025caf6734be84478dedcc677083604b236240ba410234937196114e82068036d242aed93774c3585f9c331373840d758496128776fefbbf64f1df3304c25cfe954218de17770b0f27c8ae39a898bf29c79e76495bec3fe900721ea15c17c3ac5c24e4021c8023ee1ec0194eaf8cc066dafb829e6ffb2160c8590bd', '{"alg":"ES256","crv":"P-256","kid":"UGUHM0VGvmuV8N3NCj2v8Dvl4u78nwhDFHHL0SDkUiw","kty":"EC","use":"sig","x":"cBPyIXjd7UeCA_o-Hza20OUAcdgcyPEXt5uCYgr_oY8","y":"RC9oEXApEsCcDb4kZvfQyTwk2lJdyMw9C3OiDttJN4o"}', 1795831943282921, NULL, '\x01cc8d95037ffb8c6e1a0f9d44047d402676cbd8e622533b60efe0c2fb1fd30a8f2ff4629f');
INSERT INTO public.totp_authenticators VALUES ('01a21fec-d0fa-7468-ad42-8a786f760ca9', '\x02cc8d95039c294fd993e192b0be31ab529edf6a0c3559d287849df492e0d106b436f3aa531a8e14a082ca26328287f10dc351af160e52cfbc33d4e8a01025f18a', 59861064, 1795831943510800, 1795831943534251, NULL);
INSERT INTO public.users VALUES ('01a21fec-d0fa-7468-ad42-8a786f760ca9', 'ada@example.org', NULL, 'active', 'user', 0, false, NULL, 1795831943418755, 1795831943418755, NULL, NULL, 1795831943534251, NULL, 0, DEFAULT, NULL, NULL, NULL);
INSERT INTO public.users VALUES ('01a21fec-d193-74d0-aaff-231503a9f814', 'bob@example.org', NULL, 'active', 'user', 0, false, NULL, 1795831943571742, 1795831943571742, NULL, NULL, NULL, NULL, 0, DEFAULT, NULL, NULL, NULL);
SELECT pg_catalog.setval('public.revocations_seq_seq', 1, true);
ALTER TABLE ONLY public.acme_records
    ADD CONSTRAINT acme_records_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attempt_stand_ins
    ADD CONSTRAINT attempt_stand_ins_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.canary_shares
    ADD CONSTRAINT canary_shares_pkey PRIMARY KEY (generation);
ALTER TABLE ONLY public.captcha_uses
    ADD CONSTRAINT captcha_uses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cookie_generations
    ADD CONSTRAINT cookie_generations_pkey PRIMARY KEY (generation, secure, domain);
ALTER TABLE ONLY public.data_keys
    ADD CONSTRAINT data_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.device_attempts
    ADD CONSTRAINT device_attempts_pkey PRIMARY KEY (device_id);
ALTER TABLE ONLY public.factor_attempts
    ADD CONSTRAINT factor_attempts_pkey PRIMARY KEY (user_id, factor);
ALTER TABLE ONLY public.federated_sessions
    ADD CONSTRAINT federated_sessions_pkey PRIMARY KEY (family_id);
ALTER TABLE ONLY public.federation_uses
    ADD CONSTRAINT federation_uses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.health_probes
    ADD CONSTRAINT health_probes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT job_runs_pkey PRIMARY KEY (job);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.login_delays
    ADD CONSTRAINT login_delays_pkey PRIMARY KEY (cell);
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.password_credentials
    ADD CONSTRAINT password_credentials_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.pending_registrations
    ADD CONSTRAINT pending_registrations_link_hash_key UNIQUE (link_hash);
ALTER TABLE ONLY public.pending_registrations
    ADD CONSTRAINT pending_registrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quota_usage
    ADD CONSTRAINT quota_usage_pkey PRIMARY KEY (scope, day);
ALTER TABLE ONLY public.revocations
    ADD CONSTRAINT revocations_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.root_keys
    ADD CONSTRAINT root_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.seaql_migrations
    ADD CONSTRAINT seaql_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.security_events
    ADD CONSTRAINT security_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.session_families
    ADD CONSTRAINT session_families_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.sms_authenticators
    ADD CONSTRAINT sms_authenticators_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.sms_codes
    ADD CONSTRAINT sms_codes_pkey PRIMARY KEY (flow_id);
ALTER TABLE ONLY public.sms_sends
    ADD CONSTRAINT sms_sends_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stranger_counts
    ADD CONSTRAINT stranger_counts_pkey PRIMARY KEY (minute, kind, network);
ALTER TABLE ONLY public.totp_authenticators
    ADD CONSTRAINT totp_authenticators_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webauthn_ceremonies
    ADD CONSTRAINT webauthn_ceremonies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webauthn_ceremony_uses
    ADD CONSTRAINT webauthn_ceremony_uses_pkey PRIMARY KEY (id);
CREATE INDEX backup_codes_by_user ON public.backup_codes USING btree (user_id);
CREATE INDEX captcha_uses_by_expiry ON public.captcha_uses USING btree (expires_at);
CREATE INDEX consents_by_user ON public.consents USING btree (user_id, accepted_at);
CREATE UNIQUE INDEX data_keys_one_active ON public.data_keys USING btree (purpose) WHERE (state = 'active'::text);
CREATE UNIQUE INDEX data_keys_one_standby ON public.data_keys USING btree (purpose) WHERE (state = 'standby'::text);
CREATE INDEX device_attempts_by_user ON public.device_attempts USING btree (user_id);
CREATE INDEX federated_sessions_by_identity ON public.federated_sessions USING btree (identity_id);
CREATE INDEX federation_uses_by_expiry ON public.federation_uses USING btree (expires_at);
CREATE UNIQUE INDEX identities_by_subject ON public.identities USING btree (issuer, subject);
CREATE INDEX identities_by_user ON public.identities USING btree (user_id);
CREATE INDEX invitations_by_creation ON public.invitations USING btree (created_at, id);
CREATE INDEX invitations_by_expiry ON public.invitations USING btree (expires_at);
CREATE UNIQUE INDEX invitations_open ON public.invitations USING btree (email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX login_challenges_by_expiry ON public.login_challenges USING btree (expires_at);
CREATE INDEX login_challenges_by_user ON public.login_challenges USING btree (user_id);
CREATE INDEX one_time_tokens_by_address ON public.one_time_tokens USING btree (email) WHERE ((user_id IS NULL) AND (invitation_id IS NULL));
CREATE INDEX one_time_tokens_by_expiry ON public.one_time_tokens USING btree (expires_at);
CREATE INDEX one_time_tokens_by_invitation ON public.one_time_tokens USING btree (invitation_id);
CREATE INDEX one_time_tokens_by_user ON public.one_time_tokens USING btree (user_id, purpose);
CREATE INDEX outbox_by_user ON public.outbox USING btree (user_id);
CREATE INDEX outbox_due ON public.outbox USING btree (next_attempt_at) WHERE (state = 'pending'::text);
CREATE INDEX outbox_finished ON public.outbox USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX passkeys_by_user ON public.passkeys USING btree (user_id);
CREATE INDEX pending_registrations_by_expiry ON public.pending_registrations USING btree (expires_at);
CREATE UNIQUE INDEX pending_registrations_by_place ON public.pending_registrations USING btree (email, network);
CREATE INDEX quota_usage_by_user ON public.quota_usage USING btree (user_id) WHERE (user_id IS NOT NULL);
CREATE INDEX revocations_by_time ON public.revocations USING btree (revoked_at);
CREATE INDEX revocations_of_all ON public.revocations USING btree (created_before) WHERE (created_before IS NOT NULL);
CREATE UNIQUE INDEX root_keys_one_active ON public.root_keys USING btree (state) WHERE (state = 'active'::text);
CREATE INDEX security_events_by_actor ON public.security_events USING btree (actor_id, created_at) WHERE (actor_id IS NOT NULL);
CREATE INDEX security_events_by_time ON public.security_events USING btree (created_at);
CREATE INDEX security_events_by_user ON public.security_events USING btree (user_id, created_at);
CREATE INDEX security_events_failed_logins ON public.security_events USING btree (created_at) WHERE (kind = 'login.failed'::text);
CREATE INDEX session_families_by_expiry ON public.session_families USING btree (expires_at);
CREATE INDEX session_families_by_revocation ON public.session_families USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX session_families_by_user ON public.session_families USING btree (user_id, id);
CREATE INDEX session_families_by_user_and_device ON public.session_families USING btree (user_id, device_hash);
CREATE INDEX session_families_live_by_user ON public.session_families USING btree (user_id) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX signing_keys_one_active ON public.signing_keys USING btree (algorithm) WHERE (state = 'active'::text);
CREATE INDEX sms_codes_by_expiry ON public.sms_codes USING btree (expires_at);
CREATE INDEX sms_codes_by_user ON public.sms_codes USING btree (user_id);
CREATE INDEX sms_sends_by_network ON public.sms_sends USING btree (network_hash, created_at);
CREATE INDEX sms_sends_by_number ON public.sms_sends USING btree (phone_hash, created_at);
CREATE INDEX sms_sends_by_time ON public.sms_sends USING btree (created_at);
CREATE INDEX sms_sends_by_user ON public.sms_sends USING btree (user_id, created_at);
CREATE INDEX trusted_devices_by_expiry ON public.trusted_devices USING btree (expires_at);
CREATE INDEX trusted_devices_by_user ON public.trusted_devices USING btree (user_id);
CREATE INDEX users_admins ON public.users USING btree (id) WHERE is_admin;
CREATE INDEX users_by_creation ON public.users USING btree (created_at, id);
CREATE INDEX users_by_enrollment ON public.users USING btree (mfa_enrolled_at);
CREATE INDEX users_by_erasure ON public.users USING btree (erase_at) WHERE (erase_at IS NOT NULL);
CREATE UNIQUE INDEX users_external_id ON public.users USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX webauthn_ceremonies_by_expiry ON public.webauthn_ceremonies USING btree (expires_at);
CREATE UNIQUE INDEX webauthn_ceremonies_by_flow ON public.webauthn_ceremonies USING btree (flow_id, kind);
CREATE INDEX webauthn_ceremonies_by_kind ON public.webauthn_ceremonies USING btree (kind, expires_at);
CREATE INDEX webauthn_ceremonies_by_user ON public.webauthn_ceremonies USING btree (user_id);
CREATE INDEX webauthn_ceremony_uses_by_expiry ON public.webauthn_ceremony_uses USING btree (expires_at);
ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.device_attempts
    ADD CONSTRAINT device_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.factor_attempts
    ADD CONSTRAINT factor_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.federated_sessions
    ADD CONSTRAINT federated_sessions_family_id_fkey FOREIGN KEY (family_id) REFERENCES public.session_families(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.federated_sessions
    ADD CONSTRAINT federated_sessions_identity_id_fkey FOREIGN KEY (identity_id) REFERENCES public.identities(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES public.invitations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.password_credentials
    ADD CONSTRAINT password_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.quota_usage
    ADD CONSTRAINT quota_usage_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session_families
    ADD CONSTRAINT session_families_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sms_authenticators
    ADD CONSTRAINT sms_authenticators_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sms_codes
    ADD CONSTRAINT sms_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sms_sends
    ADD CONSTRAINT sms_sends_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.totp_authenticators
    ADD CONSTRAINT totp_authenticators_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.trusted_devices
    ADD CONSTRAINT trusted_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.webauthn_ceremonies
    ADD CONSTRAINT webauthn_ceremonies_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

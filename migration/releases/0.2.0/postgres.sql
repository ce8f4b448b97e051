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
CREATE TABLE public.health_probes (
    id smallint NOT NULL,
    writes bigint NOT NULL
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
    time_zone text
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
    kept_until bigint
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
INSERT INTO public.applications VALUES ('01a21e3f-fe52-7c8b-a215-2546d65344f5', 'shop', '\xfc3d15a9323ba00a70dd9aefabe8073ffa2f6915c821c01e49b381124714c393', 1795803840082533);
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
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-786b-8a19-063fbd4ca8e0', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$Ub7SLC6z5MUpKHHIcGx6nQIdzkeV0pSmXy/xuIZG434', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-781f-99ea-9c74902c3eb0', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$i7yQGd3plYHHHX+mAd40e7r7fJeZ0iMMoPAoYZOZBWc', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-71d6-83ab-efc57829e1e6', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$/IcpW6ofws8s9Uv8SDRPttxhENN7jmVKcvCyIGkhrpI', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-7e34-af2a-fc289b23b08a', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$yJkJoe79nbQfeh934mLLM96g9Cxa4gJy1Ybi7nA2XpE', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-747f-bfaf-c8eff7089f7e', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$AJ5z8KGuxuo27OlLg3bBMtaCCSFbJ2afISPoniHIFUA', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-7154-b7ed-6851c390a1b8', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$Ae3C+HwLC8lRQWihLdQW1ctfuuxdP1eBINwcDtYhLpo', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-74ab-a45d-02c370502e8e', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$9SN0x4XraglteF5wzg16Vrs7ZJfFfLHQh/Kp09uZeW0', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-7393-91c8-2465b1dea2ef', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$ctUpwhk20OrmnEa9RM+ehz95jX/l9ViXwrA3SUvSTYc', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-77ad-a870-c4cce049c48d', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$YyMK7e1jghmLsA/KwWxZ2Noaq9vjN0NcVM6H/Y93N2U', 1795803839244964, NULL);
INSERT INTO public.backup_codes VALUES ('01a21e3f-fb0c-7dd4-942d-9c901aa9c980', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$zu0ccNK/PVYVe3p40fqGqA$nkQIlPHVxdToXSiCUgAd3vmkkzJJkQcbsWLysEOiDR0', 1795803839244964, NULL);
INSERT INTO public.cookie_generations VALUES ('v1', false, '', 1795803839058567);
INSERT INTO public.health_probes VALUES (1, 3);
INSERT INTO public.leases VALUES ('gauges', 'vm:/tmp/kindred-release-_muiz_99', 1795803859079508);
INSERT INTO public.one_time_tokens VALUES ('01a21e3f-fab8-75c7-91e3-a0278672115b', 'verify_email', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', NULL, '\x407b16be6b0ca360d51a868f509d0de670aebbd1506098cba6da7d07dbeade29', 'ada@example.org', 1795803839160954, 1795890239160954, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.one_time_tokens VALUES ('01a21e3f-fb4f-7200-ada7-29edf552ecec', 'verify_email', '01a21e3f-fb4f-7596-be62-161ba40cef45', NULL, '\x9721009c5c5300753f237f49fac08bdffb73d4f5e21a8ffbb73415e868c46436', 'bob@example.org', 1795803839311538, 1795890239311538, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.one_time_tokens VALUES ('01a21e3f-fbe8-7022-a870-4f94af3a7407', 'reset_password', '01a21e3f-fb4f-7596-be62-161ba40cef45', NULL, '\xd9e355d4e836896f96afcd0182edead628ac9b6bb425811d8ea359edf67b383d', 'bob@example.org', 1795803839464769, 1795805639464769, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO public.outbox VALUES ('01a21e3f-fab9-7628-a0bb-794b54cb6908', 'mail', 'verify_email', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', NULL, 'sent', 1, 1795803839161013, 1795803959169140, 1795890239160954, 1795803839183902, NULL);
INSERT INTO public.outbox VALUES ('01a21e3f-fb4f-779b-9507-f1f17edd5302', 'mail', 'verify_email', '01a21e3f-fb4f-7596-be62-161ba40cef45', NULL, 'sent', 1, 1795803839311606, 1795803959383135, 1795890239311538, 1795803839400217, NULL);
INSERT INTO public.outbox VALUES ('01a21e3f-fbe8-7967-b992-f95dd490d9df', 'mail', 'reset_password', '01a21e3f-fb4f-7596-be62-161ba40cef45', NULL, 'sent', 1, 1795803839464884, 1795803959469414, 1795805639464769, 1795803839475577, NULL);
INSERT INTO public.password_credentials VALUES ('01a21e3f-fab8-7caa-93ec-9922afeb67a0', '$argon2id$v=19$m=8,t=1,p=1$ciiBe3cJo6/u/a2umU7Brg$n05aH1ZA005uKzJ0ICvs7Cy9/Xfl5Td5oMNAWJSxOvY', 1795803839160931, 0, NULL, 0, NULL);
INSERT INTO public.password_credentials VALUES ('01a21e3f-fb4f-7596-be62-161ba40cef45', '$argon2id$v=19$m=8,t=1,p=1$2ksAPtOAxFCqNsjycjOsQQ$u+dxqZlII9Efpk4CecEcIAmO7INZGCH7XrY5wCET3p8', 1795803839311518, 0, NULL, 0, NULL);
INSERT INTO public.quota_usage VALUES ('mail', 20784, 3, NULL);
INSERT INTO public.quota_usage VALUES ('mail-requested/81ab34763160cfc80f6f1bc20bb61cdd', 20784, 2, NULL);
INSERT INTO public.quota_usage VALUES ('mail-requested/a637df245e89b096f775db2532812b6c', 20784, 1, NULL);
INSERT INTO public.quota_usage VALUES ('mail/01a21e3f-fab8-7caa-93ec-9922afeb67a0', 20784, 1, '01a21e3f-fab8-7caa-93ec-9922afeb67a0');
INSERT INTO public.quota_usage VALUES ('mail/01a21e3f-fb4f-7596-be62-161ba40cef45', 20784, 2, '01a21e3f-fb4f-7596-be62-161ba40cef45');
INSERT INTO public.quota_usage VALUES ('sms', 20784, 0, NULL);
INSERT INTO public.revocations VALUES (1, '01a21e3f-fba9-7ca6-bb32-7bb68f1f28c7', 1795803839453229, 'logout', NULL, NULL);
INSERT INTO public.root_keys VALUES (1, '\x02cc8d9503a88567e7df599005b3cd33713bb80ef607bf42faf2fc1427af2f1c7c7fb420915870ee525c8c1997f10a3b74337f9562ba53a2bf6b2874f3291900f0db52b9c02a2945d87534e2c2', 'active', 1795803839045713, NULL);
INSERT INTO public.schema_versions VALUES (1, 34, 21);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000001_users', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000002_keys', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000003_session_families', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000004_security_events', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000005_account_states', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000006_outbox', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000007_one_time_tokens', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000008_personal_data', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000009_login_states', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000010_administration', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000011_upkeep', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261121_000012_authenticators', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000001_access_expiry', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000010_signing_key_tags', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000011_revoke_all', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000020_stranger_counts', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000021_ceremony_uses', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000030_known_devices', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000040_bound_links', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000050_pending_registrations', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000060_schema_versions', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000070_admins', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000080_health_probes', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261126_000090_external_ids', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000010_session_transport', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000020_cookie_generations', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000040_captcha_uses', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000300_acme', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000310_applications', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000360_time_zones', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000510_canary_shares', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000520_signing_key_rings', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000530_root_key_lives', 1795803838);
INSERT INTO public.seaql_migrations VALUES ('m20261127_000540_secured_accounts', 1795803838);
INSERT INTO public.security_events VALUES ('01a21e3f-fab8-7ed0-be75-db3497ff4301', 'account.registered', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', NULL, '01a21e3f-fa99-7140-8ca5-b63a2df3e9b1', '127.0.0.1', NULL, '{}', 1795803839160939);
INSERT INTO public.security_events VALUES ('01a21e3f-fade-7da9-aa01-c4aaf256a9e7', 'login.succeeded', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '01a21e3f-fad5-7fea-ab2b-1e84b7367e98', '01a21e3f-fac4-7263-b6a8-f84abe3cad68', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795803839198463);
INSERT INTO public.security_events VALUES ('01a21e3f-fb0c-7459-9c84-a7d56e23cd0e', 'factor.enrolled', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', '01a21e3f-fad5-7fea-ab2b-1e84b7367e98', '01a21e3f-fb02-7c50-8964-1602a0e13ba3', '127.0.0.1', NULL, '{"factor": "totp"}', 1795803839244999);
INSERT INTO public.security_events VALUES ('01a21e3f-fb4f-70fc-9d11-b15ed5a4aa2a', 'account.registered', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fb4f-7596-be62-161ba40cef45', NULL, '01a21e3f-fb48-762d-bcd5-1eac6f6833f1', '127.0.0.1', NULL, '{}', 1795803839311525);
INSERT INTO public.security_events VALUES ('01a21e3f-fbaf-79d5-9114-6c8d70102e25', 'login.succeeded', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fba9-7ca6-bb32-7bb68f1f28c7', '01a21e3f-fb9a-740c-9f08-e5338c4f5eea', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795803839407718);
INSERT INTO public.security_events VALUES ('01a21e3f-fbc3-7fbc-948d-3afe38b4f51a', 'login.succeeded', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fbbb-7ca6-b46e-ab9d40887fd0', '01a21e3f-fbb3-7372-aa6a-59c96073581d', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795803839427744);
INSERT INTO public.security_events VALUES ('01a21e3f-fbd6-7d37-9cb8-145c712fb726', 'login.succeeded', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fbd0-7ca6-947d-73c6be397054', '01a21e3f-fbc8-73c7-9b9c-0bc004f17799', '127.0.0.1', NULL, '{"amr": ["pwd"], "device": null}', 1795803839446312);
INSERT INTO public.security_events VALUES ('01a21e3f-fbdd-7f42-8799-ef718ed0e0b9', 'session.ended', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fb4f-7596-be62-161ba40cef45', '01a21e3f-fba9-7ca6-bb32-7bb68f1f28c7', '01a21e3f-fbda-7226-8dc2-3684e110c568', '127.0.0.1', NULL, '{"reason": "logout"}', 1795803839453229);
INSERT INTO public.security_events VALUES ('01a21e3f-fbe6-7c17-8410-e983bfe56c55', 'password.reset_requested', '01a21e3f-fb4f-7596-be62-161ba40cef45', NULL, NULL, '01a21e3f-fbe5-75c0-a3d7-2da95d444285', '127.0.0.1', NULL, '{"sent": true}', 1795803839462219);
INSERT INTO public.security_events VALUES ('01a21e3f-fe52-7870-bb84-45c1347678fc', 'application.created', NULL, NULL, NULL, '01a21e3f-fe51-7e1e-8223-f6ef3fdc36d3', NULL, 'kindred-cli/0.1.0', '{"via": "cli", "application": "01a21e3f-fe52-7c8b-a215-2546d65344f5"}', 1795803840082582);
INSERT INTO public.session_families VALUES ('01a21e3f-fad5-7fea-ab2b-1e84b7367e98', '01a21e3f-fab8-7caa-93ec-9922afeb67a0', 1, '\xa75e28d69eb8fc05cdf21472184c0fa9', 2, '2f940089-3829-82d6-9285-cf4f4e915ea2', 1795803839266957, '\xbece32c3c5f139675fb1e48597ffc5af', 1795803839189968, 'pwd', 1, 0, 1795803839189968, 1795803839266957, 1798395839266957, 1803579839189968, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795804418266957, '01a21e3f-fad5-70d6-a9e3-dbff425a0f8a', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21e3f-fbbb-7ca6-b46e-ab9d40887fd0', '01a21e3f-fb4f-7596-be62-161ba40cef45', 1, '\x2da5727f89923cfe0716482a5a511b94', 1, 'b9f2f960-e12d-8d9c-a527-ed2ead304c93', 1795803839419920, NULL, 1795803839419920, 'pwd', 1, 0, 1795803839419920, 1795803839419920, 1798395839419920, 1803579839419920, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795804431419920, '01a21e3f-fbbb-7214-9ae7-7a651abb6337', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21e3f-fbd0-7ca6-947d-73c6be397054', '01a21e3f-fb4f-7596-be62-161ba40cef45', 1, '\xdb0c226f3fe92bca58c79cd93a6a486f', 1, '903eda48-79ce-82d4-b27c-213fd386db20', 1795803839440318, NULL, 1795803839440318, 'pwd', 1, 0, 1795803839440318, 1795803839440318, 1798395839440318, 1803579839440318, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795804446440318, '01a21e3f-fbd0-737b-afd4-f8efbd57c05c', 'bearer', true);
INSERT INTO public.session_families VALUES ('01a21e3f-fba9-7ca6-bb32-7bb68f1f28c7', '01a21e3f-fb4f-7596-be62-161ba40cef45', 1, '\xd018d302e2ba6c9a66c68952fe10aa98', 1, '77900974-a482-8053-a21d-c5bc13607af4', 1795803839401485, NULL, 1795803839401485, 'pwd', 1, 0, 1795803839401485, 1795803839401485, 1798395839401485, 1803579839401485, '\x7321b70b31133f8b', NULL, NULL, NULL, 'unknown', '127.0.0.0/24', NULL, NULL, NULL, NULL, NULL, 1795803839453229, 'logout', NULL, 1795804409401485, '01a21e3f-fba9-75af-819c-4f02bbab3a57', 'bearer', true);
INSERT INTO public.signing_keys VALUES ('CyZhLApR7Ci9WroJ_vyvxiJpdzsogoegRrUEOdhvZ8s', 'ES256', 'active', '\x02cc8d9503b83572a73319fb9cc7518f4aecf4ae4c3dbf5799859c381e529dda980ea90773b45050e2a555458c6b7e78943ab082878a8f13f752f3f9da615bcca9c901786ab19de675a60b474b40a4bb473aba49625b8b13ba77878757376aa5c761801b9a0b87754112270a5e5608b839e417e11c66fe2f12fdd92f495a983465cb375a63724b8f518f1fc9d952946df0582c300ed861f979a0555ea4138ebdbb99d5516c3d83a24ee7da68a3d8bf4f1126949393a430', '{"alg":"ES256","crv":"P-256","kid":"CyZhLApR7Ci9WroJ_vyvxiJpdzsogoegRrUEOdhvZ8s","kty":"EC","use":"sig","x":"utv9P53FvpYr6DaQgg3iJfvi2q3wMGdRbqaJqclOBnY","y":"b3GRLJ14A7FblelnjVWEz89O_x61MPEiIxp8_xVM3e4"}', 1795803839050740, 1795803839050740, '\x01cc8d9503a189c54882de5b4d75c004f214da0d3827d61a95257dae33fea3fa64bb0b03b7');
INSERT INTO public.signing_keys VALUES ('1OwxcMsd24X1O6YJ6plFJMhbeuvE-mGsfVREOF5CPpo', 'ES256', 'standby', '\x02cc8d9503b870407da5d59567a7e1b31fa9b72eaa99f6003b3781ab50e0ca74d3b0349ce28ada46f8b07f34567fd03f192d0a5db8e0ab87c2a3e402f6543851f9f7f45f3d2371fa9c148d7913be2fb4912f95dca2fba4d9f3c3556bc82d59b123f41ed0dcb98d02556c822be99fac6321a8edb29fc1c16adab3f199d1f524ce37f62cc75cece505f1f1d1ebb4ce2de182a07b76056afc523ccc9a8f2d8b2b7985e1684c1ede9b5e97e7f2c6fc7f939bc8b28a54befa26', '{"alg":"ES256","crv":"P-256","kid":"1OwxcMsd24X1O6YJ6plFJMhbeuvE-mGsfVREOF5CPpo","kty":"EC","use":"sig","x":"mYd4Ml7-7gz5dqqQ6F78YmLPS847-p87gxGjhCilLF0","y":"2BlBMTS3qJb12cv4172Z1RgMuP9zzf8ww80bSpsBpUA"}', 1795803839050740, NULL, '\x01cc8d9503d777c06c98709aee7639b69ed738e8adc31b43d3b2b7383e1d2fc54c777a40b0');
INSERT INTO public.totp_authenticators VALUES ('01a21e3f-fab8-7caa-93ec-9922afeb67a0', '\x02cc8d950347f6d6e1b24ae29f5d78979d4875f46ce2644575408f84fcb3e3ef8438b6245bf16859c80de37c4aefe5c656b5dd6521f45dd386815d6d2403697a4b', 59860127, 1795803839226515, 1795803839241778, NULL);
INSERT INTO public.users VALUES ('01a21e3f-fab8-7caa-93ec-9922afeb67a0', 'ada@example.org', NULL, 'active', 'user', 0, false, NULL, 1795803839160931, 1795803839160931, NULL, NULL, 1795803839241778, NULL, 0, DEFAULT, NULL, NULL, NULL);
INSERT INTO public.users VALUES ('01a21e3f-fb4f-7596-be62-161ba40cef45', 'bob@example.org', NULL, 'active', 'user', 0, false, NULL, 1795803839311518, 1795803839311518, NULL, NULL, NULL, NULL, 0, DEFAULT, NULL, NULL, NULL);
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
ALTER TABLE ONLY public.device_attempts
    ADD CONSTRAINT device_attempts_pkey PRIMARY KEY (device_id);
ALTER TABLE ONLY public.factor_attempts
    ADD CONSTRAINT factor_attempts_pkey PRIMARY KEY (user_id, factor);
ALTER TABLE ONLY public.health_probes
    ADD CONSTRAINT health_probes_pkey PRIMARY KEY (id);
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
CREATE INDEX device_attempts_by_user ON public.device_attempts USING btree (user_id);
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

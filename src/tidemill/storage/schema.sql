CREATE TABLE dataset_check (
	project_id VARCHAR NOT NULL, 
	dataset_version_id VARCHAR(32) NOT NULL, 
	checks_digest VARCHAR(64) NOT NULL, 
	results JSON NOT NULL, 
	checked_at VARCHAR NOT NULL, 
	checked_by VARCHAR NOT NULL, 
	PRIMARY KEY (project_id, dataset_version_id, checks_digest)
);
CREATE TABLE dataset_version (
	project_id VARCHAR NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	n_rows BIGINT NOT NULL, 
	schema JSON NOT NULL, 
	parts JSON NOT NULL, 
	"key" VARCHAR NOT NULL, 
	event_time VARCHAR NOT NULL, 
	first_event_at VARCHAR NOT NULL, 
	last_event_at VARCHAR NOT NULL, 
	clean_digest VARCHAR(64) NOT NULL, 
	created_at VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, 
	PRIMARY KEY (project_id, id), 
	CONSTRAINT uq_dataset_version_digest UNIQUE (project_id, name, digest), 
	CONSTRAINT uq_dataset_version_number UNIQUE (project_id, name, version)
);
CREATE TABLE endpoint (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	description TEXT NOT NULL, 
	log VARCHAR(10) NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
CREATE TABLE endpoint_revision (
	project_id VARCHAR(100) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	revision INTEGER NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	package_digest VARCHAR(64) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, endpoint, revision)
);
CREATE TABLE event (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(100) NOT NULL, 
	subject VARCHAR(300) NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	data JSON NOT NULL, 
	UNIQUE (project_id, id)
);
CREATE INDEX event_by_project ON event (project_id, sequence);
CREATE INDEX event_by_subject ON event (project_id, subject, sequence);
CREATE TABLE experiment (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, name)
);
CREATE TABLE gate_verdict (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	package_digest VARCHAR(64) NOT NULL, 
	report_digest VARCHAR(64) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	passed BOOLEAN NOT NULL, 
	verdict JSON NOT NULL, 
	judged_at VARCHAR(27) NOT NULL, 
	judged_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX gate_verdict_by_package ON gate_verdict (project_id, model, package_digest);
CREATE TABLE ingested_part (
	project_id VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	inode BIGINT NOT NULL, 
	recipe VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	blob VARCHAR(64) NOT NULL, 
	n_rows BIGINT NOT NULL, 
	schema JSON NOT NULL, 
	PRIMARY KEY (project_id, source, path)
);
CREATE TABLE job (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(100) NOT NULL, 
	unique_key VARCHAR(300) NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	run_at VARCHAR(27) NOT NULL, 
	lease_until VARCHAR(27), 
	owner VARCHAR(200), 
	attempt INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	result JSON, 
	error TEXT, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	ended_at VARCHAR(27), 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, kind, unique_key)
);
CREATE INDEX job_due ON job (state, run_at);
CREATE TABLE materialization (
	project_id VARCHAR NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	"view" VARCHAR NOT NULL, 
	until_at VARCHAR NOT NULL, 
	n_keys BIGINT NOT NULL, 
	columns JSON NOT NULL, 
	created_at VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX ix_materialization_view ON materialization (project_id, "view", id);
CREATE TABLE model (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
CREATE TABLE model_alias (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	alias VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
CREATE TABLE model_version (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	package_digest VARCHAR(64) NOT NULL, 
	files JSON NOT NULL, 
	report_digest VARCHAR(64) NOT NULL, 
	serving JSON NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	verdict_id VARCHAR(32) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, version), 
	UNIQUE (project_id, model, package_digest, report_digest)
);
CREATE TABLE run (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	experiment_id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	created_by VARCHAR(200) NOT NULL, 
	code_digest VARCHAR(64), 
	"commit" VARCHAR(60), 
	error TEXT, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX run_by_experiment ON run (project_id, experiment_id, id);
CREATE TABLE run_metric (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	step INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key", step)
);
CREATE TABLE run_param (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
CREATE TABLE run_tag (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
CREATE TABLE step_result (
	project_id VARCHAR(100) NOT NULL, 
	cache_key VARCHAR(64) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	outputs JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, cache_key)
);
CREATE TABLE step_run (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	step VARCHAR(100) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	code_digest VARCHAR(64) NOT NULL, 
	cache_key VARCHAR(64), 
	key_parts JSON NOT NULL, 
	inputs JSON NOT NULL, 
	outputs JSON NOT NULL, 
	reused_from VARCHAR(32), 
	note TEXT NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (project_id, run_id, position)
);
CREATE TABLE token (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	revoked_at VARCHAR(27), 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, digest), 
	UNIQUE (project_id, name)
);
CREATE INDEX token_by_digest ON token (digest);

CREATE TABLE artifact (
	project_id VARCHAR(100) NOT NULL, 
	owner VARCHAR(70) NOT NULL, 
	path VARCHAR(1000) NOT NULL, 
	blob VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	stored_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, owner, path)
)
 WITHOUT ROWID

;
CREATE TABLE bundle (
	project_id VARCHAR(100) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	manifest JSON NOT NULL, 
	"commit" VARCHAR(60), 
	diff_digest VARCHAR(64) NOT NULL, 
	made_with VARCHAR(40) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, digest)
);
CREATE INDEX bundle_by_age ON bundle (project_id, created_at);
CREATE TABLE bundle_check (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	passed BOOLEAN NOT NULL, 
	report_digest VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	"by" VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX bundle_check_by_bundle ON bundle_check (project_id, digest, name, id);
CREATE TABLE bundle_deployment (
	project_id VARCHAR(100) NOT NULL, 
	environment VARCHAR(100) NOT NULL, 
	number INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	how VARCHAR(20) NOT NULL, 
	override TEXT NOT NULL, 
	from_environment VARCHAR(100) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	"by" VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, environment, number)
);
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
	created_by VARCHAR NOT NULL, redactions JSON, 
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
	created_by VARCHAR(200) NOT NULL, declared JSON, 
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
CREATE TABLE erased_key (
	project_id VARCHAR(100) NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	columns VARCHAR(500) NOT NULL, 
	hash VARCHAR(32) NOT NULL, 
	derived BOOLEAN NOT NULL, 
	PRIMARY KEY (project_id, request_id, columns, hash)
);
CREATE TABLE erasure_item (
	project_id VARCHAR(100) NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	detail JSON NOT NULL, 
	PRIMARY KEY (project_id, request_id, kind, name)
);
CREATE TABLE erasure_request (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	columns JSON NOT NULL, 
	n_keys INTEGER NOT NULL, 
	why TEXT NOT NULL, 
	waiting JSON NOT NULL, 
	requested_at VARCHAR(27) NOT NULL, 
	requested_by VARCHAR(200) NOT NULL, 
	finished_at VARCHAR(27), 
	lifted_at VARCHAR(27), 
	lifted_by VARCHAR(200), 
	PRIMARY KEY (project_id, id)
);
CREATE TABLE erasure_secret (
	project_id VARCHAR(100) NOT NULL, 
	secret TEXT NOT NULL, 
	generation INTEGER NOT NULL, 
	PRIMARY KEY (project_id)
);
CREATE TABLE event (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(100) NOT NULL, 
	subject VARCHAR(300) NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	data JSON NOT NULL, position INTEGER, hash VARCHAR(64), 
	UNIQUE (project_id, id)
);
CREATE INDEX event_by_follower ON event (project_id, position);
CREATE INDEX event_by_position ON event (position);
CREATE INDEX event_by_project ON event (project_id, sequence);
CREATE INDEX event_by_subject ON event (project_id, subject, sequence);
CREATE TABLE experiment (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, number INTEGER DEFAULT '0' NOT NULL, updated_at VARCHAR(27) DEFAULT '' NOT NULL, deleted_at VARCHAR(27), artifact_location TEXT, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, name)
);
CREATE UNIQUE INDEX experiment_by_number ON experiment (project_id, number);
CREATE TABLE experiment_tag (
	project_id VARCHAR(100) NOT NULL, 
	experiment_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, experiment_id, "key")
);
CREATE INDEX experiment_tag_by_key ON experiment_tag (project_id, "key", experiment_id);
CREATE TABLE file_set_version (
	project_id VARCHAR NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	n_files BIGINT NOT NULL, 
	n_bytes BIGINT NOT NULL, 
	created_at VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, 
	PRIMARY KEY (project_id, id), 
	CONSTRAINT uq_file_set_version_digest UNIQUE (project_id, name, digest), 
	CONSTRAINT uq_file_set_version_number UNIQUE (project_id, name, version)
);
CREATE TABLE follower (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (project_id, name)
);
CREATE TABLE gate_evidence (
	project_id VARCHAR(100) NOT NULL, 
	package_digest VARCHAR(64) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	record JSON NOT NULL, 
	blob VARCHAR(64), 
	collected_at VARCHAR(27) NOT NULL, 
	collected_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, package_digest, kind, name)
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
	schema JSON NOT NULL, n_suppressed BIGINT, 
	PRIMARY KEY (project_id, source, path)
);
CREATE TABLE input_dataset (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	experiment_id VARCHAR(32) NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	digest VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source TEXT NOT NULL, 
	schema TEXT, 
	profile TEXT, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, experiment_id, name, digest)
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
CREATE TABLE label (
	project_id VARCHAR(100) NOT NULL, 
	prediction_id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	label FLOAT NOT NULL, 
	event_at VARCHAR(27) NOT NULL, 
	recorded_at VARCHAR(27) NOT NULL, 
	predicted_at VARCHAR(27) NOT NULL, 
	given_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, prediction_id, number)
)
 WITHOUT ROWID

;
CREATE INDEX label_by_arrival ON label (project_id, endpoint, recorded_at);
CREATE INDEX label_by_time ON label (project_id, endpoint, predicted_at);
CREATE TABLE lineage_sent (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	sent VARCHAR(10) NOT NULL, 
	PRIMARY KEY (project_id, run_id, position)
);
CREATE TABLE logged_model (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(34) NOT NULL, 
	experiment_id VARCHAR(32) NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	model_type VARCHAR(500) NOT NULL, 
	source_run_id VARCHAR(32), 
	status VARCHAR(20) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	deleted_at VARCHAR(27), 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX logged_model_by_experiment ON logged_model (project_id, experiment_id, created_at, id);
CREATE INDEX logged_model_by_run ON logged_model (project_id, source_run_id, id);
CREATE TABLE logged_model_metric (
	project_id VARCHAR(100) NOT NULL, 
	model_id VARCHAR(34) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_name VARCHAR(500) NOT NULL, 
	dataset_digest VARCHAR(36) NOT NULL, 
	step INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (project_id, model_id, "key", run_id, dataset_name, dataset_digest, step, at)
);
CREATE INDEX logged_model_metric_by_run ON logged_model_metric (project_id, run_id);
CREATE TABLE logged_model_param (
	project_id VARCHAR(100) NOT NULL, 
	model_id VARCHAR(34) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, model_id, "key")
);
CREATE TABLE logged_model_tag (
	project_id VARCHAR(100) NOT NULL, 
	model_id VARCHAR(34) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, model_id, "key")
);
CREATE TABLE loop_progress (
	project_id VARCHAR(100) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	reached_at VARCHAR(27) NOT NULL, 
	watermark VARCHAR(27), 
	next_due_at VARCHAR(27), 
	waiting_due_at VARCHAR(27), 
	said TEXT NOT NULL, 
	PRIMARY KEY (project_id, endpoint)
);
CREATE TABLE loop_turn (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	due_at VARCHAR(27) NOT NULL, 
	"trigger" VARCHAR(100) NOT NULL, 
	reason TEXT NOT NULL, 
	monitor VARCHAR(100), 
	window_starts_at VARCHAR(27), 
	fired_at VARCHAR(27) NOT NULL, 
	fired_by VARCHAR(200) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	job_id VARCHAR(32) NOT NULL, 
	"before" VARCHAR(120) NOT NULL, 
	"after" VARCHAR(120) NOT NULL, 
	run_id VARCHAR(32), 
	verdict_id VARCHAR(32), 
	outcome TEXT NOT NULL, 
	seconds FLOAT, 
	ended_at VARCHAR(27), request_id VARCHAR(32), 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, endpoint, due_at)
);
CREATE TABLE materialization (
	project_id VARCHAR NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	"view" VARCHAR NOT NULL, 
	until_at VARCHAR NOT NULL, 
	n_keys BIGINT NOT NULL, 
	columns JSON NOT NULL, 
	created_at VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, keys JSON, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX ix_materialization_view ON materialization (project_id, "view", id);
CREATE TABLE metric_outline (
	series INTEGER NOT NULL, 
	writes INTEGER NOT NULL, 
	n_points INTEGER NOT NULL, 
	n_buckets INTEGER NOT NULL, 
	points BLOB NOT NULL, 
	PRIMARY KEY (series)
);
CREATE TABLE metric_point (
	series INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (series, step, at, value)
)
 WITHOUT ROWID

;
CREATE TABLE "model" (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	updated_at VARCHAR(27) DEFAULT '' NOT NULL, 
	owner VARCHAR(200) DEFAULT '' NOT NULL, 
	description TEXT, 
	last_version INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (project_id, name)
);
CREATE INDEX model_by_creation ON model (project_id, created_at, name);
CREATE INDEX model_by_update ON model (project_id, updated_at, name);
CREATE TABLE "model_alias" (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(256) NOT NULL, 
	alias VARCHAR(255) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
CREATE INDEX model_alias_by_version ON model_alias (project_id, model, version);
CREATE TABLE model_environment (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(256) NOT NULL, 
	environment VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, environment, version)
);
CREATE INDEX model_environment_by_version ON model_environment (project_id, model, version);
CREATE TABLE model_tag (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(256) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, model, "key")
);
CREATE INDEX model_tag_by_key ON model_tag (project_id, "key", model);
CREATE TABLE "model_version" (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	package_digest VARCHAR(64) NOT NULL, 
	files JSON NOT NULL, 
	report_digest VARCHAR(64) NOT NULL, 
	serving JSON NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	verdict_id VARCHAR(32) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	updated_at VARCHAR(27) DEFAULT '' NOT NULL, 
	user_id VARCHAR(200) DEFAULT '' NOT NULL, 
	description TEXT, 
	status VARCHAR(30) DEFAULT 'READY' NOT NULL, 
	status_message TEXT, 
	source VARCHAR(2000) DEFAULT '' NOT NULL, 
	run_link VARCHAR(2000) DEFAULT '' NOT NULL, 
	model_id VARCHAR(64) DEFAULT '' NOT NULL, 
	facts JSON, 
	PRIMARY KEY (project_id, model, version)
);
CREATE INDEX model_version_by_digest ON model_version (project_id, package_digest);
CREATE UNIQUE INDEX model_version_by_package ON model_version (project_id, model, package_digest, report_digest) WHERE report_digest <> '';
CREATE INDEX model_version_by_run ON model_version (project_id, run_id);
CREATE INDEX model_version_by_source ON model_version (project_id, source);
CREATE INDEX model_version_by_update ON model_version (project_id, updated_at, model, version);
CREATE TABLE model_version_tag (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, model, version, "key")
);
CREATE INDEX model_version_tag_by_key ON model_version_tag (project_id, "key", model, version);
CREATE TABLE monitoring_window (
	project_id VARCHAR(100) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	monitor VARCHAR(100) NOT NULL, 
	starts_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27) NOT NULL, 
	verdict VARCHAR(20) NOT NULL, 
	version VARCHAR(120) NOT NULL, 
	n_rows INTEGER NOT NULL, 
	n_labelled INTEGER NOT NULL, 
	result JSON NOT NULL, 
	watermark VARCHAR(27) NOT NULL, 
	evaluated_at VARCHAR(27) NOT NULL, 
	n_revised INTEGER NOT NULL, 
	PRIMARY KEY (project_id, endpoint, monitor, starts_at)
);
CREATE TABLE pool_claim (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	task VARCHAR(60) NOT NULL, 
	pool VARCHAR(100) NOT NULL, 
	amounts JSON NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id, task)
);
CREATE INDEX pool_claim_by_pool ON pool_claim (pool);
CREATE TABLE prediction (
	project_id VARCHAR(100) NOT NULL, 
	prediction_id VARCHAR(32) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	event_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, prediction_id)
)
 WITHOUT ROWID

;
CREATE TABLE prediction_part (
	project_id VARCHAR(100) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	segment VARCHAR(100) NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	blob VARCHAR(64) NOT NULL, 
	n_rows INTEGER NOT NULL, 
	first_event_at VARCHAR(27), 
	last_event_at VARCHAR(27), 
	last_recorded_at VARCHAR(27), 
	PRIMARY KEY (project_id, endpoint, segment, start)
);
CREATE INDEX prediction_part_by_time ON prediction_part (project_id, endpoint, last_event_at);
CREATE TABLE promotion_answer (
	project_id VARCHAR(100) NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	answered_by VARCHAR(200) NOT NULL, 
	approved BOOLEAN NOT NULL, 
	note TEXT NOT NULL, 
	answered_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, request_id, answered_by)
);
CREATE TABLE promotion_policy (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	alias VARCHAR(100) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	policy JSON NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	recorded_at VARCHAR(27) NOT NULL, 
	recorded_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
CREATE TABLE promotion_request (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	environment VARCHAR(100) NOT NULL, 
	package_digest VARCHAR(64) NOT NULL, 
	report_digest VARCHAR(64) NOT NULL, 
	verdict_id VARCHAR(32) NOT NULL, 
	policy_digest VARCHAR(64) NOT NULL, 
	against JSON NOT NULL, 
	approvers JSON NOT NULL, 
	four_eyes BOOLEAN NOT NULL, 
	n_approvals INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	asked_by VARCHAR(200) NOT NULL, 
	made_by JSON NOT NULL, 
	note TEXT NOT NULL, 
	impact JSON NOT NULL, 
	expires_at VARCHAR(27), 
	decided_at VARCHAR(27), 
	decided_by VARCHAR(200), 
	sentence TEXT NOT NULL, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX promotion_request_by_model ON promotion_request (project_id, model, id);
CREATE INDEX promotion_request_by_state ON promotion_request (project_id, state, id);
CREATE INDEX promotion_request_by_version ON promotion_request (project_id, model, version, state);
CREATE TABLE quarantined_label (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	prediction_id VARCHAR(32) NOT NULL, 
	label FLOAT NOT NULL, 
	event_at VARCHAR(27) NOT NULL, 
	recorded_at VARCHAR(27) NOT NULL, 
	given_by VARCHAR(200) NOT NULL, 
	reason VARCHAR(40) NOT NULL, 
	settled_at VARCHAR(27), 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX quarantined_label_waiting ON quarantined_label (project_id, prediction_id) WHERE settled_at IS NULL;
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
	error TEXT, user_id VARCHAR(250), deleted_at VARCHAR(27), attended BOOLEAN DEFAULT 1 NOT NULL, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX run_by_experiment ON run (project_id, experiment_id, started_at, id, deleted_at);
CREATE INDEX run_by_start ON run (project_id, started_at, id, deleted_at);
CREATE INDEX run_still_running ON run (project_id, id) WHERE status = 'running';
CREATE TABLE run_approval (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	question TEXT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	cache_key VARCHAR(64), 
	state VARCHAR(20) NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	until VARCHAR(27), 
	answered_at VARCHAR(27), 
	answered_by VARCHAR(200), 
	note TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, position)
);
CREATE INDEX run_approval_by_key ON run_approval (project_id, cache_key);
CREATE TABLE run_cancel (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	asked_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, run_id)
);
CREATE TABLE run_dataset (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_id VARCHAR(32) NOT NULL, 
	context VARCHAR(500), 
	tags TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, dataset_id)
);
CREATE INDEX run_dataset_by_dataset ON run_dataset (project_id, dataset_id, run_id);
CREATE TABLE run_graph (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	pipeline VARCHAR(100) NOT NULL, 
	graph JSON NOT NULL, 
	forecast JSON NOT NULL, 
	PRIMARY KEY (project_id, run_id)
);
CREATE INDEX run_graph_by_pipeline ON run_graph (project_id, pipeline, run_id);
CREATE TABLE run_journal (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	journal VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (project_id, run_id, journal)
);
CREATE TABLE run_last_metric (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	step INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	at INTEGER NOT NULL, 
	series INTEGER NOT NULL, 
	writes INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
)
 WITHOUT ROWID

;
CREATE UNIQUE INDEX run_last_metric_by_series ON run_last_metric (series);
CREATE INDEX run_last_metric_by_value ON run_last_metric (project_id, "key", value, run_id);
CREATE TABLE run_lease (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id)
);
CREATE INDEX run_lease_by_end ON run_lease (until);
CREATE TABLE run_model (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	side VARCHAR(10) NOT NULL, 
	model_id VARCHAR(34) NOT NULL, 
	step INTEGER NOT NULL, 
	PRIMARY KEY (project_id, run_id, side, model_id, step)
);
CREATE INDEX run_model_by_model ON run_model (project_id, model_id, run_id);
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
CREATE INDEX run_tag_by_value ON run_tag (project_id, "key", substr(value, 1, 200), run_id);
CREATE TABLE run_turn (
	project_id VARCHAR(100) NOT NULL, 
	pipeline VARCHAR(100) NOT NULL, 
	turn INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (project_id, pipeline, turn)
);
CREATE INDEX run_turn_by_run ON run_turn (project_id, run_id);
CREATE TABLE saved_view (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	"query" TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
CREATE TABLE step_element (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	element INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	cache_key VARCHAR(64), 
	outputs JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, position, element)
)
 WITHOUT ROWID

;
CREATE TABLE step_log (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	seq INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	element INTEGER, 
	attempt INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	stream VARCHAR(10) NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, seq)
);
CREATE INDEX step_log_by_step ON step_log (project_id, run_id, position, seq);
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
	seconds FLOAT NOT NULL, path VARCHAR(500) DEFAULT '' NOT NULL, kind VARCHAR(20) DEFAULT 'step' NOT NULL, line VARCHAR(250) DEFAULT '' NOT NULL, attempt INTEGER DEFAULT '1' NOT NULL, ended_at VARCHAR(27), executor VARCHAR(100) DEFAULT '' NOT NULL, host VARCHAR(250) DEFAULT '' NOT NULL, cpu_seconds FLOAT, peak_memory_bytes BIGINT, cost FLOAT, n_elements INTEGER, environment VARCHAR(250) DEFAULT '' NOT NULL, 
	PRIMARY KEY (project_id, run_id, position)
);
CREATE INDEX step_run_by_start ON step_run (project_id, started_at);
CREATE INDEX step_run_by_step ON step_run (project_id, step, started_at);
CREATE TABLE store_keyring (
	id INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	PRIMARY KEY (id)
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
CREATE TABLE trace (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(70) NOT NULL, 
	experiment_id VARCHAR(32) NOT NULL, 
	client_request_id VARCHAR(250), 
	name VARCHAR(500), 
	run_id VARCHAR(32), 
	started_ms BIGINT NOT NULL, 
	duration_ms BIGINT, 
	state VARCHAR(20) NOT NULL, 
	request TEXT, 
	response TEXT, 
	PRIMARY KEY (project_id, id)
);
CREATE INDEX trace_by_run ON trace (project_id, run_id, started_ms, id);
CREATE INDEX trace_by_start ON trace (project_id, experiment_id, started_ms, id);
CREATE TABLE trace_metadata (
	project_id VARCHAR(100) NOT NULL, 
	trace_id VARCHAR(70) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, trace_id, "key")
);
CREATE TABLE trace_run (
	project_id VARCHAR(100) NOT NULL, 
	trace_id VARCHAR(70) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (project_id, trace_id, run_id)
);
CREATE INDEX trace_run_by_run ON trace_run (project_id, run_id, trace_id);
CREATE TABLE trace_tag (
	project_id VARCHAR(100) NOT NULL, 
	trace_id VARCHAR(70) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, trace_id, "key")
);
CREATE TABLE webhook (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	description TEXT NOT NULL, 
	url TEXT NOT NULL, 
	events TEXT NOT NULL, 
	secret TEXT, 
	status VARCHAR(20) NOT NULL, 
	since BIGINT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, id)
);
CREATE TABLE webhook_delivery (
	project_id VARCHAR(100) NOT NULL, 
	webhook_id VARCHAR(32) NOT NULL, 
	position BIGINT NOT NULL, 
	event VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	body TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	n_attempts INTEGER NOT NULL, 
	next_at VARCHAR(27), 
	answered INTEGER, 
	error TEXT, 
	happened_at VARCHAR(27) NOT NULL, 
	done_at VARCHAR(27), 
	PRIMARY KEY (project_id, webhook_id, position, event)
);
CREATE INDEX webhook_delivery_by_state ON webhook_delivery (project_id, webhook_id, state, position, event);

BEGIN TRANSACTION;
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
INSERT INTO "dataset_check" VALUES('default','01a201f79a78734184535e5b64500d8d','5019640a3994dc88e0f787a02406b77bdf0d5ca3c7230b649c37c246c61cb649','[{"check": "not_null", "column": "parcel_id", "sentence": "parcel_id not null", "n_failing": 0}, {"check": "unique", "column": "parcel_id", "sentence": "parcel_id unique", "n_failing": 0}, {"check": "not_null", "column": "sent_at", "sentence": "sent_at not null", "n_failing": 0}, {"check": "not_null", "column": "depot", "sentence": "depot not null", "n_failing": 0}]','2026-11-22T06:35:33.877960Z','ann');
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
INSERT INTO "dataset_version" VALUES('default','01a201f79a78734184535e5b64500d8d','parcels',1,'3bea665fd51d71aaaefb725d7f042e05bd3cc2bc21e7c636e84e9e7540e9d90f',1500,'[["parcel_id", "String"], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')"], ["depot", "String"], ["weight", "Float64"], ["late", "Boolean"]]','[{"file": "data/2013.csv", "digest": "1e82f7e9c42c80eef9f6d21ce1f6b25770855ed435180cf9a96cd4731874106c", "blob": "2696c5a0544852276ad859b9a617ef4aa3b9e4330565bef5a3232126711856b1", "n_rows": 1500}]','parcel_id','sent_at','2013-01-01T00:00:00.000000Z','2013-02-16T20:15:00.000000Z','a502ac07def8f235ad6a41599b17943a1ead89a5258dc59f193da0835e408849','2026-11-22T06:35:33.877617Z','ann',NULL);
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
INSERT INTO "endpoint" VALUES('default','late','late','arrives late','normal',1,'2026-11-22T06:35:39.718977Z','ann','{"pipeline": "lateness", "gate": [{"kind": "at_least", "metric": "auc", "limit": 0.6, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, {"kind": "no_worse_than", "metric": "auc", "limit": 0.05, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}], "monitors": [], "retrain": [], "cool_down": "7d"}');
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
INSERT INTO "endpoint_revision" VALUES('default','late',1,'late',1,'ce0e59cfcffe9c29a4fb4124dc33489dc652ae4cb66ac858a4f158e3a9c76ad6','released','2026-11-22T06:35:39.718977Z','ann');
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
INSERT INTO "event" VALUES(1,'default','01a201f79a7a77928095ab2c3b140d3d','dataset.committed','parcels@1','ann','2026-11-22T06:35:33.877960Z','{"digest":"3bea665fd51d71aaaefb725d7f042e05bd3cc2bc21e7c636e84e9e7540e9d90f","n_parts":1,"n_rows":1500}',1,'49a3a2443ad2a69ce14431e9d2c337ce8488f3124f9095f368b6340c28e97e8d');
INSERT INTO "event" VALUES(2,'default','01a201f79c0c70b1922981cc0aac09e1','run.started','01a201f79c027600829aa1194fb4b764','ann','2026-11-22T06:35:34.276082Z','{"experiment":"lateness"}',2,'0e7e666b3b0cfa20a2fbc7a4456a9dc5f8530a4c7e0d6277d08ebb24f4ca3212');
INSERT INTO "event" VALUES(3,'default','01a201f7aea872709f210b6b271ded27','run.finished','01a201f79c027600829aa1194fb4b764','ann','2026-11-22T06:35:39.047000Z','{"experiment":"lateness"}',3,'dfe6d99914c7462b5a0cfced76580191f4569468f1fd87e3b30309e9a4b7be95');
INSERT INTO "event" VALUES(4,'default','01a201f7b0fa7346aa38c29c56eae195','gate.passed','late','ann','2026-11-22T06:35:39.637231Z','{"endpoint":"late","run_id":"01a201f79c027600829aa1194fb4b764","verdict_id":"01a201f7b0f4741ca6b39ac69316ad21"}',4,'186f93ea0792765008464756b33da4a6322ddfbc7bec78a61a8170a3e10e5cec');
INSERT INTO "event" VALUES(5,'default','01a201f7b10076c7bf455f0e993f24d6','model.created','late','ann','2026-11-22T06:35:39.646273Z','{}',5,'800733be80a4f1c4764d69a543bd9ae5aeb817c70a1e8f7ec915ce4b5c8c21ec');
INSERT INTO "event" VALUES(6,'default','01a201f7b10273e0b6e78eed803694ec','model_version.registered','late/1','ann','2026-11-22T06:35:39.646273Z','{"package_digest":"ce0e59cfcffe9c29a4fb4124dc33489dc652ae4cb66ac858a4f158e3a9c76ad6","run_id":"01a201f79c027600829aa1194fb4b764","verdict_id":"01a201f7b0f4741ca6b39ac69316ad21"}',6,'ae5756539a6e92224d3a5dd196d03287257235fdc1013d8931d64844ef04bc02');
INSERT INTO "event" VALUES(7,'default','01a201f7b13172f3bbfc7095d77acf8c','feature_view.materialized','depot_load','ann','2026-11-22T06:35:39.696268Z','{"n_keys":3,"until":"2013-02-17T00:00:00.000000Z"}',7,'f202406c32cedaab4c3b3f9c2aec6511a08571527ed918315f81a2b54db07eae');
INSERT INTO "event" VALUES(8,'default','01a201f7b144747d8f7fd2add17a04d6','model_version.promoted','late/1','ann','2026-11-22T06:35:39.708772Z','{"alias":"champion","previous":null,"verdict_id":"01a201f7b0f4741ca6b39ac69316ad21"}',8,'5bfa89852353392e75e788ad6415af8d3b000f7d3e9a24544e6d22baaabd15a9');
INSERT INTO "event" VALUES(9,'default','01a201f7b14a7064aaea8ef01dfef08e','endpoint.deployed','late/1','ann','2026-11-22T06:35:39.718977Z','{"endpoint":"late","reason":"released","revision":1}',9,'7fef0c0f7ac4294ec229cdbefd444c08524da0d909ccb4eed827192d909844a3');
INSERT INTO "event" VALUES(10,'default','01a201f7b1967670b4a0e3a86a5e3282','run.started','01a201f7b194703c91ea1b1c527b2a95','ann','2026-11-22T06:35:39.797098Z','{"experiment":"by-hand"}',10,'037b2582aed6a8066d5ebe156afad981db778ebbe5e73a1b9daa1931fa7c31e5');
INSERT INTO "event" VALUES(11,'default','01a201f7b1b87238a1a8baf28de47abf','run.finished','01a201f7b194703c91ea1b1c527b2a95','ann','2026-11-22T06:35:39.830930Z','{"experiment":"by-hand"}',11,'5a48b1c5fb86ca7f3d95841d00182c7df403e2ce97d0b00c053bde2bec5b3a47');
INSERT INTO "event" VALUES(12,'default','01a201f7b1bc726eb42aed2062c3041a','run.started','01a201f7b1bb72aca60ec65b1b6a517b','ann','2026-11-22T06:35:39.835541Z','{"experiment":"Default"}',12,'26a588e565adf4bb0a09dd3d4a4ba0b21c778f2b89e429c7916766efb784ace8');
CREATE TABLE experiment (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, name)
);
INSERT INTO "experiment" VALUES('default','01a201f79c05743584af56cbf3cc00e6','lateness','2026-11-22T06:35:34.276082Z','ann');
INSERT INTO "experiment" VALUES('default','01a201f7b1957686953002a0fceb911f','by-hand','2026-11-22T06:35:39.797098Z','ann');
INSERT INTO "experiment" VALUES('default','01a201f7b1bb72aca60ec65b1b6a517c','Default','2026-11-22T06:35:39.835541Z','ann');
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
INSERT INTO "gate_verdict" VALUES('default','01a201f7b0f4741ca6b39ac69316ad21','late','late','ce0e59cfcffe9c29a4fb4124dc33489dc652ae4cb66ac858a4f158e3a9c76ad6','11e3679a24d47ca5727c240ec7ca994f94cc9cb3d0f3163a123675e74b73bc1b','01a201f79c027600829aa1194fb4b764',1,'{"passed": true, "checks": [{"rule": {"kind": "at_least", "metric": "auc", "limit": 0.6, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "auc", "value": 0.7760356174990322, "low": 0.7222403391254487, "high": 0.8298308958726156, "limit": 0.6, "passed": true, "sentence": "auc 0.776 (95 % 0.722 to 0.830) is at least 0.600", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "no_worse_than", "metric": "auc", "limit": 0.05, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}, "metric": "auc", "value": null, "low": null, "high": null, "limit": 0.05, "passed": true, "sentence": "there is no champion to compare auc with, so the rule holds", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "loads", "metric": "answers", "limit": 0.0, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "answers", "value": null, "low": null, "high": null, "limit": 0.0, "passed": true, "sentence": "the model loads in a process of its own and answers 46 example rows as here", "judged_on": null, "candidate": null, "champion": null}]}','2026-11-22T06:35:39.637231Z','ann');
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
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013.csv',57152,1795329333456964243,3197433,'5d53f885d8b55b19bb11b6d997745197eeef3b64e1365a5d0de933ec36b8f127','1e82f7e9c42c80eef9f6d21ce1f6b25770855ed435180cf9a96cd4731874106c','2696c5a0544852276ad859b9a617ef4aa3b9e4330565bef5a3232126711856b1',1500,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]',0);
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
CREATE TABLE lineage_sent (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	sent VARCHAR(10) NOT NULL, 
	PRIMARY KEY (project_id, run_id, position)
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
	ended_at VARCHAR(27), 
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
INSERT INTO "materialization" VALUES('default','01a201f7b13070b395875f609c4722f5','depot_load','2013-02-17T00:00:00.000000Z',3,'[["n_sent", "number"]]','2026-11-22T06:35:39.696031Z','ann','["depot"]');
CREATE TABLE model (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
INSERT INTO "model" VALUES('default','late','2026-11-22T06:35:39.646273Z','ann');
CREATE TABLE model_alias (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	alias VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
INSERT INTO "model_alias" VALUES('default','late','champion',1,'2026-11-22T06:35:39.708772Z','ann');
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
INSERT INTO "model_version" VALUES('default','late',1,'ce0e59cfcffe9c29a4fb4124dc33489dc652ae4cb66ac858a4f158e3a9c76ad6','{"model.txt": "147aa66db88595ae9cafdfb1e4b952f5bc06d399d85d1f0da10a54883ede4447", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "f3b45aa57b35c732d98af8abb47214107819c287964e121630f4100e8db84e3a", "model.onnx": "8f4d78fea0e365b37f474227e87a12a5dcf41117752458cfadf967a7a80d9965", "reference.json": "907c8d95a7781003d029b44b14e7e83e502632737c673431dc15859b78ab9e71"}','11e3679a24d47ca5727c240ec7ca994f94cc9cb3d0f3163a123675e74b73bc1b','{"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}','01a201f79c027600829aa1194fb4b764','01a201f7b0f4741ca6b39ac69316ad21','2026-11-22T06:35:39.646273Z','ann');
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
INSERT INTO "run" VALUES('default','01a201f79c027600829aa1194fb4b764','01a201f79c05743584af56cbf3cc00e6','lateness','finished','2026-11-22T06:35:34.276082Z','2026-11-22T06:35:39.047000Z','ann','5fe7f4c25a28f3d4594d998fab8f8bfbb1e85e26603f8026ef25980e352b0925',NULL,NULL);
INSERT INTO "run" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','01a201f7b1957686953002a0fceb911f','a run','finished','2026-11-22T06:35:39.797098Z','2026-11-22T06:35:39.830930Z','ann',NULL,NULL,NULL);
INSERT INTO "run" VALUES('default','01a201f7b1bb72aca60ec65b1b6a517b','01a201f7b1bb72aca60ec65b1b6a517c','still running','running','2026-11-22T06:35:39.835541Z',NULL,'ann',NULL,NULL,NULL);
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
CREATE TABLE run_cancel (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	asked_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, run_id)
);
CREATE TABLE run_graph (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	pipeline VARCHAR(100) NOT NULL, 
	graph JSON NOT NULL, 
	forecast JSON NOT NULL, 
	PRIMARY KEY (project_id, run_id)
);
INSERT INTO "run_graph" VALUES('default','01a201f79c027600829aa1194fb4b764','lateness','[{"position": 0, "name": "training_set", "kind": "step", "path": [], "line": "parcels.py:31", "outputs": ["result"], "depends_on": [], "guards": []}, {"position": 1, "name": "split_by_time", "kind": "step", "path": [], "line": "parcels.py:32", "outputs": ["fit", "holdout"], "depends_on": [0], "guards": []}, {"position": 2, "name": "train", "kind": "step", "path": [], "line": "parcels.py:33", "outputs": ["result"], "depends_on": [1], "guards": []}, {"position": 3, "name": "evaluate", "kind": "step", "path": [], "line": "parcels.py:34", "outputs": ["result"], "depends_on": [1, 2], "guards": []}, {"position": 4, "name": "candidate", "kind": "step", "path": [], "line": "parcels.py:35", "outputs": ["result"], "depends_on": [1, 2, 3], "guards": []}]','[{"position": 0, "step": "training_set", "action": "run", "why": "it has not run before", "kind": "step", "path": [], "line": "parcels.py:31", "depends_on": [], "because": [], "seconds": null, "bytes": null, "cost": null, "n_samples": 0}, {"position": 1, "step": "split_by_time", "action": "unknown", "why": "because step 1 training_set runs: it has not run before", "kind": "step", "path": [], "line": "parcels.py:32", "depends_on": [0], "because": [{"position": 0, "step": "training_set", "why": "it has not run before"}], "seconds": null, "bytes": null, "cost": null, "n_samples": 0}, {"position": 2, "step": "train", "action": "unknown", "why": "because step 1 training_set runs: it has not run before", "kind": "step", "path": [], "line": "parcels.py:33", "depends_on": [1], "because": [{"position": 0, "step": "training_set", "why": "it has not run before"}], "seconds": null, "bytes": null, "cost": null, "n_samples": 0}, {"position": 3, "step": "evaluate", "action": "unknown", "why": "because step 1 training_set runs: it has not run before", "kind": "step", "path": [], "line": "parcels.py:34", "depends_on": [1, 2], "because": [{"position": 0, "step": "training_set", "why": "it has not run before"}], "seconds": null, "bytes": null, "cost": null, "n_samples": 0}, {"position": 4, "step": "candidate", "action": "unknown", "why": "because step 1 training_set runs: it has not run before", "kind": "step", "path": [], "line": "parcels.py:35", "depends_on": [1, 2, 3], "because": [{"position": 0, "step": "training_set", "why": "it has not run before"}], "seconds": null, "bytes": null, "cost": null, "n_samples": 0}]');
CREATE TABLE run_last_metric (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	step INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
)
 WITHOUT ROWID

;
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','accuracy',0,7.78846153846153854694e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','auc',0,7.76035617499032159827e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','base_rate',0,3.94230769230769217958e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','brier',0,1.75209663329640025208e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','log_loss',0,5.32614262401604809937e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','precision',0,7.93478260869565188428e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','recall',0,5.93495934959349602522e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','auc',4,0.9,'2026-11-22T06:35:39.826981Z');
INSERT INTO "run_last_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','loss',4,0.2,'2026-11-22T06:35:39.826981Z');
CREATE TABLE run_lease (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id)
);
CREATE TABLE run_metric (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	step INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key", step)
);
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','auc',0,7.76035617499032159827e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','log_loss',0,5.32614262401604809937e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','brier',0,1.75209663329640025208e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','accuracy',0,7.78846153846153854694e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','precision',0,7.93478260869565188428e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','recall',0,5.93495934959349602522e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f79c027600829aa1194fb4b764','base_rate',0,3.94230769230769217958e-01,'2026-11-22T06:35:39.059020Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','loss',0,1.0,'2026-11-22T06:35:39.810957Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','auc',0,0.5,'2026-11-22T06:35:39.810957Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','loss',1,0.5,'2026-11-22T06:35:39.814958Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','auc',1,0.6,'2026-11-22T06:35:39.814958Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','loss',2,3.33333333333333314829e-01,'2026-11-22T06:35:39.818974Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','auc',2,0.7,'2026-11-22T06:35:39.818974Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','loss',3,0.25,'2026-11-22T06:35:39.822997Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','auc',3,0.8,'2026-11-22T06:35:39.822997Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','loss',4,0.2,'2026-11-22T06:35:39.826981Z');
INSERT INTO "run_metric" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','auc',4,0.9,'2026-11-22T06:35:39.826981Z');
CREATE TABLE run_param (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
INSERT INTO "run_param" VALUES('default','01a201f79c027600829aa1194fb4b764','n_trees','20');
INSERT INTO "run_param" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','depth','3');
CREATE TABLE run_tag (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
INSERT INTO "run_tag" VALUES('default','01a201f79c027600829aa1194fb4b764','tidemill.environment','8304370e5ed0e9b5a293db0460499945731b7df5be73b770a1e84362b52b16c9');
INSERT INTO "run_tag" VALUES('default','01a201f7b194703c91ea1b1c527b2a95','team','tide');
CREATE TABLE run_turn (
	project_id VARCHAR(100) NOT NULL, 
	pipeline VARCHAR(100) NOT NULL, 
	turn INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (project_id, pipeline, turn)
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
CREATE TABLE step_result (
	project_id VARCHAR(100) NOT NULL, 
	cache_key VARCHAR(64) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	outputs JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, cache_key)
);
INSERT INTO "step_result" VALUES('default','7438a1a5b12cb06b7ba6fb94ccf3c4a250036a09dac33b880cceca4249f37f3d','01a201f79c027600829aa1194fb4b764','[{"name": "result", "codec": "training_set", "digest": "0dd7b5e07538ab27937a8193c5336f4464769fd228d7ee226048c4783746a72b", "manifest": {"blob": "a94e7e278b6c9ae2f34ec49795cdf89f8e697c491b61574ed2ca9bba1f0c0645", "content": "0dd7b5e07538ab27937a8193c5336f4464769fd228d7ee226048c4783746a72b"}, "summary": "1,500 rows x 3 inputs", "size_bytes": 14794}]',4.95366770046530291438e-02,'2026-11-22T06:35:34.391671Z');
INSERT INTO "step_result" VALUES('default','469b3f5a2bcdca70e63b2107bf885356c4e8a1fb9526251901e0f23f06423c8d','01a201f79c027600829aa1194fb4b764','[{"name": "fit", "codec": "training_set", "digest": "85c3472fe4cd894246569b1bf9615ae3b52ff6d360de969d992cd239195f4c5f", "manifest": {"blob": "4b5300ae195bb2244727216fa3304fe56d13480cf8f707f45ed9a2323eaf27f9", "content": "85c3472fe4cd894246569b1bf9615ae3b52ff6d360de969d992cd239195f4c5f"}, "summary": "1,180 rows x 3 inputs", "size_bytes": 12106}, {"name": "holdout", "codec": "training_set", "digest": "2b0a2567b4a663675dfd665981e26e477a8595f89ce39c899541b8a8f5eee038", "manifest": {"blob": "8bd43bca92beb8436a2fe7485f2052951fdf3a3bfdf948f78d63162aeb142441", "content": "2b0a2567b4a663675dfd665981e26e477a8595f89ce39c899541b8a8f5eee038"}, "summary": "320 rows x 3 inputs", "size_bytes": 4810}]',3.73954340029740706086e-02,'2026-11-22T06:35:34.437011Z');
INSERT INTO "step_result" VALUES('default','3c15c66094c9ba2bdd9f85d3e25cfff1a8ee30ac8450dae68b25d91dcf5e0d06','01a201f79c027600829aa1194fb4b764','[{"name": "result", "codec": "model", "digest": "087eaf988f6d60ba3f4c2de9ee850bc2b79d6ed861b5f557cc3e03d70f626fa4", "manifest": {"format": "lightgbm", "files": {"model.txt": "147aa66db88595ae9cafdfb1e4b952f5bc06d399d85d1f0da10a54883ede4447"}}, "summary": "LGBMClassifier", "size_bytes": 20742}]',4.22413786100514698773e+00,'2026-11-22T06:35:38.667483Z');
INSERT INTO "step_result" VALUES('default','2c2de44cd61b9d0ac439f6a814778195af03c0c66ccf3437ba9b5fe8fb217c22','01a201f79c027600829aa1194fb4b764','[{"name": "result", "codec": "evaluation_report", "digest": "70b03434112bc5ef70c647bc62fe5a9b2fbd43db07d4bf29d49cd093bcc2c2a2", "manifest": {"blob": "11e3679a24d47ca5727c240ec7ca994f94cc9cb3d0f3163a123675e74b73bc1b"}, "summary": "auc 0.776 (95 % 0.722 to 0.830), log_loss 0.533 (95 % 0.485 to 0.581) on 312 rows", "size_bytes": 8689}]',6.43832289933925494551e-02,'2026-11-22T06:35:38.735548Z');
INSERT INTO "step_result" VALUES('default','8346931cb452044a24ac044a4298507cf68fdadd260c67337e348aa3c1f865b7','01a201f79c027600829aa1194fb4b764','[{"name": "result", "codec": "candidate", "digest": "56c21e3e0857ed3386e59840f338e0336554bdf1480649dd683feb55cdcafe49", "manifest": {"package_digest": "ce0e59cfcffe9c29a4fb4124dc33489dc652ae4cb66ac858a4f158e3a9c76ad6", "files": {"model.txt": "147aa66db88595ae9cafdfb1e4b952f5bc06d399d85d1f0da10a54883ede4447", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "f3b45aa57b35c732d98af8abb47214107819c287964e121630f4100e8db84e3a", "model.onnx": "8f4d78fea0e365b37f474227e87a12a5dcf41117752458cfadf967a7a80d9965", "reference.json": "907c8d95a7781003d029b44b14e7e83e502632737c673431dc15859b78ab9e71"}, "report": {"blob": "11e3679a24d47ca5727c240ec7ca994f94cc9cb3d0f3163a123675e74b73bc1b"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "8bd43bca92beb8436a2fe7485f2052951fdf3a3bfdf948f78d63162aeb142441"}}, "summary": "candidate ce0e59cfcffe, 5 files, 34 KiB", "size_bytes": 48508}]',3.0414600000949576497e-01,'2026-11-22T06:35:39.043408Z');
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
INSERT INTO "step_run" VALUES('default','01a201f79c027600829aa1194fb4b764',0,'training_set','executed','ea97610900884ed2de55e9d64d8a4ba8226719e53ad36d8be9b2669d8c0515e3','7438a1a5b12cb06b7ba6fb94ccf3c4a250036a09dac33b880cceca4249f37f3d','{"code: python": "3.11.7", "code: tidemill tidemill.pipelines.dataset_steps": "7550d660b7443c6d49d00800d2025d44843391aa50f01a9099290057bf31287f", "code: function tidemill.pipelines.dataset_steps._training_set": "62ddc5d85418d4d421d8ab76e23059e161f20b73c09f9eeee6b8ad87e01658bc", "input: source": "1fc20e422e7daa4f110f7fb69112aa783f1ecd16a54392a6f89e202f78946141", "input: columns": "fc6c0637a34cb79bfef89d3c3787d23c49526d148946a0fe93097cd7728046c5", "input: features": "31ff80e04167b5ccf0f5b1e8eabbe03f09bb87a774ba592af1bbc0694a580d44", "input: label": "cbf2be50bd96e42557640e0b814885b419efe830f9785e7c23c6464479ea34b1"}','[{"parameter": "source", "reference": "parcels@1", "digest": "3bea665fd51d71aaaefb725d7f042e05bd3cc2bc21e7c636e84e9e7540e9d90f"}, {"parameter": "features", "reference": "depot_load on parcels@1", "digest": "33b0bfa7ed6e79d8dec82881bc490e697aafb97e692caa0c6cfd724928ab1b04"}]','[{"name": "result", "codec": "training_set", "digest": "0dd7b5e07538ab27937a8193c5336f4464769fd228d7ee226048c4783746a72b", "manifest": {"blob": "a94e7e278b6c9ae2f34ec49795cdf89f8e697c491b61574ed2ca9bba1f0c0645", "content": "0dd7b5e07538ab27937a8193c5336f4464769fd228d7ee226048c4783746a72b"}, "summary": "1,500 rows x 3 inputs", "size_bytes": 14794}]',NULL,'it has not run before','2026-11-22T06:35:34.341822Z',4.95366770046530291438e-02,'','step','parcels.py:31',1,'2026-11-22T06:35:34.391373Z','in-process','host',1.77344170000002243625e-02,142901248,NULL,NULL,'');
INSERT INTO "step_run" VALUES('default','01a201f79c027600829aa1194fb4b764',1,'split_by_time','executed','3b4350a5d98a62920beb17dfd899af2ceed5b21a33d2a59b147208c9e867fff1','469b3f5a2bcdca70e63b2107bf885356c4e8a1fb9526251901e0f23f06423c8d','{"code: python": "3.11.7", "code: tidemill tidemill.pipelines.dataset_steps": "7550d660b7443c6d49d00800d2025d44843391aa50f01a9099290057bf31287f", "code: function tidemill.pipelines.dataset_steps.split_by_time": "2be9b7098fdc7b45553186acf126fbfb2c8d9f832389b360117a72b6aba8f7a3", "input: rows": "691f991c602021478fade8dcb63d474b12c92e3e0291519cade320f1e653b75c", "input: holdout": "92e00754244b3da9c312a867638817e60a17db0a98fe8bb6ce1447bd35452caf"}','[{"parameter": "rows", "reference": "step 1 result", "digest": "0dd7b5e07538ab27937a8193c5336f4464769fd228d7ee226048c4783746a72b"}]','[{"name": "fit", "codec": "training_set", "digest": "85c3472fe4cd894246569b1bf9615ae3b52ff6d360de969d992cd239195f4c5f", "manifest": {"blob": "4b5300ae195bb2244727216fa3304fe56d13480cf8f707f45ed9a2323eaf27f9", "content": "85c3472fe4cd894246569b1bf9615ae3b52ff6d360de969d992cd239195f4c5f"}, "summary": "1,180 rows x 3 inputs", "size_bytes": 12106}, {"name": "holdout", "codec": "training_set", "digest": "2b0a2567b4a663675dfd665981e26e477a8595f89ce39c899541b8a8f5eee038", "manifest": {"blob": "8bd43bca92beb8436a2fe7485f2052951fdf3a3bfdf948f78d63162aeb142441", "content": "2b0a2567b4a663675dfd665981e26e477a8595f89ce39c899541b8a8f5eee038"}, "summary": "320 rows x 3 inputs", "size_bytes": 4810}]',NULL,'it has not run before','2026-11-22T06:35:34.399315Z',3.73954340029740706086e-02,'','step','parcels.py:32',1,'2026-11-22T06:35:34.436724Z','in-process','host',1.24447439999997300219e-02,144109568,NULL,NULL,'');
INSERT INTO "step_run" VALUES('default','01a201f79c027600829aa1194fb4b764',2,'train','executed','cba69f805b57b343d69244663c4b0198e910272e210064f9dc1200c6b03793c5','3c15c66094c9ba2bdd9f85d3e25cfff1a8ee30ac8450dae68b25d91dcf5e0d06','{"code: python": "3.11.7", "code: distribution lightgbm": "4.7.0", "code: function parcels.train": "7021fd9497c60dcb04cec77877634abb8672122f3ce54b555a322a69b785de43", "code: class builtins.int": "8e13a48c43498730edd32a48e546ae81a45a685d24213ca717034ba022fcb88d", "code: tidemill tidemill.features.training_set": "bf4863d1051646de8d85a33c6e0623a9536690f055ad1c9a9e2eeda5d47b7652", "code: class tidemill.features.training_set.TrainingSet": "8e13a48c43498730edd32a48e546ae81a45a685d24213ca717034ba022fcb88d", "input: rows": "f82f5e5168c3fd4f8695df37a826f63880f3142ec6259a54d8912d59f86b235f", "input: n_trees": "cf9116cdd1b4096d5eba23e238aaafe227a141a7b02c244fe92fb3209c24aeef"}','[{"parameter": "rows", "reference": "step 2 fit", "digest": "85c3472fe4cd894246569b1bf9615ae3b52ff6d360de969d992cd239195f4c5f"}]','[{"name": "result", "codec": "model", "digest": "087eaf988f6d60ba3f4c2de9ee850bc2b79d6ed861b5f557cc3e03d70f626fa4", "manifest": {"format": "lightgbm", "files": {"model.txt": "147aa66db88595ae9cafdfb1e4b952f5bc06d399d85d1f0da10a54883ede4447"}}, "summary": "LGBMClassifier", "size_bytes": 20742}]',NULL,'it has not run before','2026-11-22T06:35:34.443091Z',4.22413786100514698773e+00,'','step','parcels.py:33',1,'2026-11-22T06:35:38.667242Z','in-process','host',2.06740569100000026736e+00,323768320,NULL,NULL,'');
INSERT INTO "step_run" VALUES('default','01a201f79c027600829aa1194fb4b764',3,'evaluate','executed','f9971a2cea8fc169f76bdc6abf053e71f7bd0c90ef14fcab143e342aef396ca4','2c2de44cd61b9d0ac439f6a814778195af03c0c66ccf3437ba9b5fe8fb217c22','{"code: python": "3.11.7", "code: tidemill tidemill.evaluation.step": "0de2b4c95119a71de833d9debb676fdf72f947f1705b598a755cd7c6cc9eb249", "code: function tidemill.evaluation.step.evaluate": "7b979b52216bd6ebdbfa407c63ca8de28f6e9cac73b574169b773fbefb08661e", "input: model": "c54a2b2219fe6c4fa427a2faf61680d99d5a21728f8ee49e4d3a8ea90b798a55", "input: rows": "30d02592ebad01b0ddc3699584ad05830ab0ec748baf981c10e6c7e8d3f2dc39", "input: slices": "35f9623db2fe1770691c6bca18b902f6090e5b5f1a1eb28ed229a50d4bf8c1d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "087eaf988f6d60ba3f4c2de9ee850bc2b79d6ed861b5f557cc3e03d70f626fa4"}, {"parameter": "rows", "reference": "step 2 holdout", "digest": "2b0a2567b4a663675dfd665981e26e477a8595f89ce39c899541b8a8f5eee038"}]','[{"name": "result", "codec": "evaluation_report", "digest": "70b03434112bc5ef70c647bc62fe5a9b2fbd43db07d4bf29d49cd093bcc2c2a2", "manifest": {"blob": "11e3679a24d47ca5727c240ec7ca994f94cc9cb3d0f3163a123675e74b73bc1b"}, "summary": "auc 0.776 (95 % 0.722 to 0.830), log_loss 0.533 (95 % 0.485 to 0.581) on 312 rows", "size_bytes": 8689}]',NULL,'it has not run before','2026-11-22T06:35:38.670927Z',6.43832289933925494551e-02,'','step','parcels.py:34',1,'2026-11-22T06:35:38.735321Z','in-process','host',2.39973749999995433768e-02,324587520,NULL,NULL,'');
INSERT INTO "step_run" VALUES('default','01a201f79c027600829aa1194fb4b764',4,'candidate','executed','9964fa37cc0d6bf401381206c59ac16ec5369894028194acfff42b61e5dbde50','8346931cb452044a24ac044a4298507cf68fdadd260c67337e348aa3c1f865b7','{"code: python": "3.11.7", "code: tidemill tidemill.registry.candidate": "f270325ed797df6ab153a556795a85d7a9e81680abc4f8001132bb3937f78f0b", "code: function tidemill.registry.candidate.candidate": "14af627b3440faba3c7475ea31a0011672a1d96702563607a09f8f1e89cf8376", "input: model": "c54a2b2219fe6c4fa427a2faf61680d99d5a21728f8ee49e4d3a8ea90b798a55", "input: report": "67c202466af4cdddbbca4e6543af4f7d9b8a697eb7bb0a55f6bc57313e6ba6ca", "input: fit": "f82f5e5168c3fd4f8695df37a826f63880f3142ec6259a54d8912d59f86b235f", "input: holdout": "30d02592ebad01b0ddc3699584ad05830ab0ec748baf981c10e6c7e8d3f2dc39"}','[{"parameter": "model", "reference": "step 3 result", "digest": "087eaf988f6d60ba3f4c2de9ee850bc2b79d6ed861b5f557cc3e03d70f626fa4"}, {"parameter": "report", "reference": "step 4 result", "digest": "70b03434112bc5ef70c647bc62fe5a9b2fbd43db07d4bf29d49cd093bcc2c2a2"}, {"parameter": "fit", "reference": "step 2 fit", "digest": "85c3472fe4cd894246569b1bf9615ae3b52ff6d360de969d992cd239195f4c5f"}, {"parameter": "holdout", "reference": "step 2 holdout", "digest": "2b0a2567b4a663675dfd665981e26e477a8595f89ce39c899541b8a8f5eee038"}]','[{"name": "result", "codec": "candidate", "digest": "56c21e3e0857ed3386e59840f338e0336554bdf1480649dd683feb55cdcafe49", "manifest": {"package_digest": "ce0e59cfcffe9c29a4fb4124dc33489dc652ae4cb66ac858a4f158e3a9c76ad6", "files": {"model.txt": "147aa66db88595ae9cafdfb1e4b952f5bc06d399d85d1f0da10a54883ede4447", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "f3b45aa57b35c732d98af8abb47214107819c287964e121630f4100e8db84e3a", "model.onnx": "8f4d78fea0e365b37f474227e87a12a5dcf41117752458cfadf967a7a80d9965", "reference.json": "907c8d95a7781003d029b44b14e7e83e502632737c673431dc15859b78ab9e71"}, "report": {"blob": "11e3679a24d47ca5727c240ec7ca994f94cc9cb3d0f3163a123675e74b73bc1b"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "8bd43bca92beb8436a2fe7485f2052951fdf3a3bfdf948f78d63162aeb142441"}}, "summary": "candidate ce0e59cfcffe, 5 files, 34 KiB", "size_bytes": 48508}]',NULL,'it has not run before','2026-11-22T06:35:38.739013Z',3.0414600000949576497e-01,'','step','parcels.py:35',1,'2026-11-22T06:35:39.043171Z','in-process','host',1.33756947000000181446e-01,360558592,NULL,NULL,'');
CREATE TABLE store_keyring (
	id INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE tidemill_migration (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "tidemill_migration" VALUES('0004');
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
CREATE INDEX bundle_by_age ON bundle (project_id, created_at);
CREATE INDEX bundle_check_by_bundle ON bundle_check (project_id, digest, name, id);
CREATE INDEX event_by_follower ON event (project_id, position);
CREATE INDEX event_by_position ON event (position);
CREATE INDEX event_by_project ON event (project_id, sequence);
CREATE INDEX event_by_subject ON event (project_id, subject, sequence);
CREATE INDEX gate_verdict_by_package ON gate_verdict (project_id, model, package_digest);
CREATE INDEX job_due ON job (state, run_at);
CREATE INDEX label_by_arrival ON label (project_id, endpoint, recorded_at);
CREATE INDEX label_by_time ON label (project_id, endpoint, predicted_at);
CREATE INDEX ix_materialization_view ON materialization (project_id, "view", id);
CREATE INDEX pool_claim_by_pool ON pool_claim (pool);
CREATE INDEX prediction_part_by_time ON prediction_part (project_id, endpoint, last_event_at);
CREATE INDEX quarantined_label_waiting ON quarantined_label (project_id, prediction_id) WHERE settled_at IS NULL;
CREATE INDEX run_by_experiment ON run (project_id, experiment_id, id);
CREATE INDEX run_still_running ON run (project_id, id) WHERE status = 'running';
CREATE INDEX run_approval_by_key ON run_approval (project_id, cache_key);
CREATE INDEX run_graph_by_pipeline ON run_graph (project_id, pipeline, run_id);
CREATE INDEX run_last_metric_by_value ON run_last_metric (project_id, "key", value, run_id);
CREATE INDEX run_lease_by_end ON run_lease (until);
CREATE INDEX run_tag_by_key ON run_tag (project_id, "key", run_id);
CREATE INDEX run_turn_by_run ON run_turn (project_id, run_id);
CREATE INDEX step_log_by_step ON step_log (project_id, run_id, position, seq);
CREATE INDEX step_run_by_start ON step_run (project_id, started_at);
CREATE INDEX step_run_by_step ON step_run (project_id, step, started_at);
CREATE INDEX token_by_digest ON token (digest);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',12);
COMMIT;

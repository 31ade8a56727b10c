BEGIN TRANSACTION;
CREATE TABLE dataset_check (
	project_id VARCHAR NOT NULL, 
	dataset_version_id VARCHAR(32) NOT NULL, 
	checks_digest VARCHAR(64) NOT NULL, 
	results JSON NOT NULL, 
	checked_at VARCHAR NOT NULL, 
	checked_by VARCHAR NOT NULL, 
	PRIMARY KEY (project_id, dataset_version_id, checks_digest)
);
INSERT INTO "dataset_check" VALUES('default','01a1fe86e90b77a58607de6ec9b2e724','5019640a3994dc88e0f787a02406b77bdf0d5ca3c7230b649c37c246c61cb649','[{"check": "not_null", "column": "parcel_id", "sentence": "parcel_id not null", "n_failing": 0}, {"check": "unique", "column": "parcel_id", "sentence": "parcel_id unique", "n_failing": 0}, {"check": "not_null", "column": "sent_at", "sentence": "sent_at not null", "n_failing": 0}, {"check": "not_null", "column": "depot", "sentence": "depot not null", "n_failing": 0}]','2026-11-21T14:33:36.778043Z','ann');
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
INSERT INTO "dataset_version" VALUES('default','01a1fe86e90b77a58607de6ec9b2e724','parcels',1,'a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f',400,'[["parcel_id", "String"], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')"], ["depot", "String"], ["weight", "Float64"], ["late", "Boolean"]]','[{"file": "data/2013.csv", "digest": "ca9d4422a7c0729708971e00fe088eab1de5e2e20f1684a667855a0e6dbe0538", "blob": "239192f0fbc9ce0680023f6321936ec7dc87c44662c5bc8e799ff6621d88f555", "n_rows": 400}]','parcel_id','sent_at','2013-01-01T00:00:00.000000Z','2013-01-13T11:15:00.000000Z','532a2024b119a3546b98d583266a026dfcbda1eb04899ee5bb53f1de990e640b','2026-11-21T14:33:36.777675Z','ann');
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
INSERT INTO "endpoint" VALUES('default','late','late','arrives late','normal',1,'2026-11-21T14:33:41.479028Z','ann');
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
INSERT INTO "endpoint_revision" VALUES('default','late',1,'late',1,'d40fddd8b64e45d66da8c8ea64d9b13a8011f23432243c5d5767b5ef474fd56c','released','2026-11-21T14:33:41.479028Z','ann');
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
INSERT INTO "event" VALUES(1,'default','01a1fe86e90d752a8fed13344bc4ff25','dataset.committed','parcels@1','ann','2026-11-21T14:33:36.778043Z','{"digest": "a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f", "n_rows": 400, "n_parts": 1}');
INSERT INTO "event" VALUES(2,'default','01a1fe86f81970eda7003f2fb9cb6a9f','run.started','01a1fe86f81477a4afb9728621c1d157','ann','2026-11-21T14:33:40.629787Z','{"experiment": "lateness"}');
INSERT INTO "event" VALUES(3,'default','01a1fe86fac97279ae634a24ecbb6c74','run.finished','01a1fe86f81477a4afb9728621c1d157','ann','2026-11-21T14:33:41.318967Z','{"experiment": "lateness"}');
INSERT INTO "event" VALUES(4,'default','01a1fe86faef7076a92c92447147cefb','gate.passed','late','ann','2026-11-21T14:33:41.353542Z','{"endpoint": "late", "verdict_id": "01a1fe86fae97153b0cc46a94d2e076e", "run_id": "01a1fe86f81477a4afb9728621c1d157"}');
INSERT INTO "event" VALUES(5,'default','01a1fe86fafa7140ae29d201857d8804','model.created','late','ann','2026-11-21T14:33:41.366993Z','{}');
INSERT INTO "event" VALUES(6,'default','01a1fe86fb007041a3c8878424e9f1f9','model_version.registered','late/1','ann','2026-11-21T14:33:41.366993Z','{"run_id": "01a1fe86f81477a4afb9728621c1d157", "package_digest": "d40fddd8b64e45d66da8c8ea64d9b13a8011f23432243c5d5767b5ef474fd56c", "verdict_id": "01a1fe86fae97153b0cc46a94d2e076e"}');
INSERT INTO "event" VALUES(7,'default','01a1fe86fb3c727091dafc2c4027f085','feature_view.materialized','depot_load','ann','2026-11-21T14:33:41.435281Z','{"until": "2013-01-14T00:00:00.000000Z", "n_keys": 3}');
INSERT INTO "event" VALUES(8,'default','01a1fe86fb5871a3ab3df68bc16b6d96','model_version.promoted','late/1','ann','2026-11-21T14:33:41.448899Z','{"alias": "champion", "previous": null, "verdict_id": "01a1fe86fae97153b0cc46a94d2e076e"}');
INSERT INTO "event" VALUES(9,'default','01a1fe86fb6a707194b2a1026bae0180','endpoint.deployed','late/1','ann','2026-11-21T14:33:41.479028Z','{"endpoint": "late", "revision": 1, "reason": "released"}');
CREATE TABLE experiment (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, name)
);
INSERT INTO "experiment" VALUES('default','01a1fe86f81771fb8197060be319387d','lateness','2026-11-21T14:33:40.629787Z','ann');
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
INSERT INTO "gate_verdict" VALUES('default','01a1fe86fae97153b0cc46a94d2e076e','late','late','d40fddd8b64e45d66da8c8ea64d9b13a8011f23432243c5d5767b5ef474fd56c','a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2','01a1fe86f81477a4afb9728621c1d157',1,'{"passed": true, "checks": [{"rule": {"kind": "at_least", "metric": "auc", "limit": 0.5, "on": "value", "column": "", "min_rows": 0, "against": ""}, "metric": "auc", "value": 0.7388033358337378, "low": 0.6791759725919679, "high": 0.7984306990755077, "limit": 0.5, "passed": true, "sentence": "auc 0.739 (95 % 0.679 to 0.798) is at least 0.500"}, {"rule": {"kind": "no_worse_than", "metric": "auc", "limit": 0.05, "on": "value", "column": "", "min_rows": 0, "against": "champion"}, "metric": "auc", "value": null, "low": null, "high": null, "limit": 0.05, "passed": true, "sentence": "there is no champion to compare auc with, so the rule holds"}]}','2026-11-21T14:33:41.353542Z','ann');
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
INSERT INTO "ingested_part" VALUES('default','parcels','/project/data/2013.csv',15032,1795271616432177536,2343837,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','ca9d4422a7c0729708971e00fe088eab1de5e2e20f1684a667855a0e6dbe0538','239192f0fbc9ce0680023f6321936ec7dc87c44662c5bc8e799ff6621d88f555',400,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
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
INSERT INTO "job" VALUES('default','01a1fe86fbcb77b3a448a373ef498045','pipeline_run','01a1fe86fbcb77b3a448a373ef498045','{"pipeline": "lateness", "params": {}, "release": false, "use_cache": true}','queued','2026-11-21T14:33:41.579005Z',NULL,NULL,0,3,NULL,NULL,'2026-11-21T14:33:41.579005Z','ann',NULL);
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
INSERT INTO "materialization" VALUES('default','01a1fe86fb3b73479b42471c8378148f','depot_load','2013-01-14T00:00:00.000000Z',3,'[["n_sent", "number"]]','2026-11-21T14:33:41.434906Z','ann');
CREATE TABLE model (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
INSERT INTO "model" VALUES('default','late','2026-11-21T14:33:41.366993Z','ann');
CREATE TABLE model_alias (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	alias VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
INSERT INTO "model_alias" VALUES('default','late','champion',1,'2026-11-21T14:33:41.448899Z','ann');
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
INSERT INTO "model_version" VALUES('default','late',1,'d40fddd8b64e45d66da8c8ea64d9b13a8011f23432243c5d5767b5ef474fd56c','{"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "5e99eca4ee8f6d526cc224bb9e9ad3f6af16583d06a932399b2daab9ba6fd666", "model.onnx": "e1ea883e15ce2763a4046f541f5d981100d1dc22500e4c661e06b95b8fb986cb"}','a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2','{"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}','01a1fe86f81477a4afb9728621c1d157','01a1fe86fae97153b0cc46a94d2e076e','2026-11-21T14:33:41.366993Z','ann');
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
INSERT INTO "run" VALUES('default','01a1fe86f81477a4afb9728621c1d157','01a1fe86f81771fb8197060be319387d','lateness','finished','2026-11-21T14:33:40.629787Z','2026-11-21T14:33:41.318967Z','ann','9a5b309e3aea2140713aec3d8d4602707f430ce6407de49888ec9a6522d519ae',NULL,NULL);
CREATE TABLE run_metric (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	step INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key", step)
);
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','auc',0,7.38803335833737806481e-01,'2026-11-21T14:33:41.331377Z');
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','log_loss',0,5.62678688549650418693e-01,'2026-11-21T14:33:41.331377Z');
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','brier',0,1.85971240482841360108e-01,'2026-11-21T14:33:41.331377Z');
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','accuracy',0,7.59868421052631526357e-01,'2026-11-21T14:33:41.331377Z');
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','precision',0,7.84313725490196067546e-01,'2026-11-21T14:33:41.331377Z');
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','recall',0,6.10687022900763376576e-01,'2026-11-21T14:33:41.331377Z');
INSERT INTO "run_metric" VALUES('default','01a1fe86f81477a4afb9728621c1d157','base_rate',0,4.30921052631578926916e-01,'2026-11-21T14:33:41.331377Z');
CREATE TABLE run_param (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
INSERT INTO "run_param" VALUES('default','01a1fe86f81477a4afb9728621c1d157','n_trees','20');
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
INSERT INTO "step_result" VALUES('default','2e997d9271dfa06d42baccc04493bb25a0b3c0219359bc350aa885788b133da4','01a1fe86f81477a4afb9728621c1d157','[{"name": "result", "codec": "training_set", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb", "manifest": {"blob": "ea03ab7d5fd1192e975fe9f1a2ba64fe32e73ff0bc0ab1f0f6eea58240f44aa0", "content": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}, "summary": "400 rows x 3 inputs"}]',8.15476030002173501998e-02,'2026-11-21T14:33:40.747164Z');
INSERT INTO "step_result" VALUES('default','14b2eacb32498233eb0fb68d9be81548744b24403a5f86a054742110e9a21c5e','01a1fe86f81477a4afb9728621c1d157','[{"name": "fit", "codec": "training_set", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64", "manifest": {"blob": "5d2ea8534bed077628f9d8304f90e4dec6e4dfa605fd2419091805c20cd4593a", "content": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, "summary": "80 rows x 3 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc", "manifest": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370", "content": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}, "summary": "320 rows x 3 inputs"}]',3.73868919996311888098e-02,'2026-11-21T14:33:40.796751Z');
INSERT INTO "step_result" VALUES('default','0994338f389d88de4816529e447ffea5ba803a7e4c09eeb7ecb564148eba9a4a','01a1fe86f81477a4afb9728621c1d157','[{"name": "result", "codec": "model", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b", "manifest": {"format": "lightgbm", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c"}}, "summary": "LGBMClassifier"}]',1.1097695500029658433e-01,'2026-11-21T14:33:40.910105Z');
INSERT INTO "step_result" VALUES('default','d574da477f04e60e8b6ab1e33728962ea376933dda234940c99e496aad73e9ad','01a1fe86f81477a4afb9728621c1d157','[{"name": "result", "codec": "evaluation_report", "digest": "dc1f9d9c88b507eb966e07c9bde7cb616db8f6778694ea5aa17b64f0ac043583", "manifest": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "summary": "auc 0.739 (95 % 0.679 to 0.798), log_loss 0.563 (95 % 0.500 to 0.626) on 304 rows"}]',1.03714118000425514765e-01,'2026-11-21T14:33:41.027096Z');
INSERT INTO "step_result" VALUES('default','b1e01622fd1faab99344ade3d9ee4a6da807b7315966611b78b9c11c40b85dc9','01a1fe86f81477a4afb9728621c1d157','[{"name": "result", "codec": "candidate", "digest": "2b59ce2ce3be44fdf8c521b45370568f49a410483955e812b3206d1c12c51b12", "manifest": {"package_digest": "d40fddd8b64e45d66da8c8ea64d9b13a8011f23432243c5d5767b5ef474fd56c", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "5e99eca4ee8f6d526cc224bb9e9ad3f6af16583d06a932399b2daab9ba6fd666", "model.onnx": "e1ea883e15ce2763a4046f541f5d981100d1dc22500e4c661e06b95b8fb986cb"}, "report": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370"}}, "summary": "candidate d40fddd8b64e, 4 files, 15 KiB"}]',2.78290266000112751498e-01,'2026-11-21T14:33:41.309581Z');
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
INSERT INTO "step_run" VALUES('default','01a1fe86f81477a4afb9728621c1d157',0,'training_set','executed','8090ed979630e2876c69522da8512f8842eb75288b43259a0de0ed9855328134','2e997d9271dfa06d42baccc04493bb25a0b3c0219359bc350aa885788b133da4','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps._training_set": "", "code: tidemill": "4c2f2b155a3d450aaf8adb1d9b59efcb4c6822182da8a52278d0b7add8d33901", "code: value function tidemill.pipelines.dataset_steps._training_set.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps._training_set.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps._training_set", "input: source": "ca5e702563aebd9968fb9de4d3ee5e51a80f434f6ace437c3adc4beaca966708", "input: columns": "fc6c0637a34cb79bfef89d3c3787d23c49526d148946a0fe93097cd7728046c5", "input: features": "764ef982fd7346523ab79752ab0ff6f3cff8b00c15c90b5db3825c405d9a3641", "input: label": "cbf2be50bd96e42557640e0b814885b419efe830f9785e7c23c6464479ea34b1"}','[{"parameter": "source", "reference": "parcels@1", "digest": "a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f"}, {"parameter": "features", "reference": "depot_load on parcels@1", "digest": "77fc83f27a8c0d19a62ea796dca16c552dc7b548db43807923943c2d8fcc0a03"}]','[{"name": "result", "codec": "training_set", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb", "manifest": {"blob": "ea03ab7d5fd1192e975fe9f1a2ba64fe32e73ff0bc0ab1f0f6eea58240f44aa0", "content": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}, "summary": "400 rows x 3 inputs"}]',NULL,'it has not run before','2026-11-21T14:33:40.665290Z',8.15476030002173501998e-02);
INSERT INTO "step_run" VALUES('default','01a1fe86f81477a4afb9728621c1d157',1,'split_by_time','executed','6442c2e67eb5697663ed8cb1be65dc43aad14b75017917339017ae3390547119','14b2eacb32498233eb0fb68d9be81548744b24403a5f86a054742110e9a21c5e','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps.split_by_time": "", "code: tidemill": "4c2f2b155a3d450aaf8adb1d9b59efcb4c6822182da8a52278d0b7add8d33901", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps.split_by_time", "input: rows": "63d314c8b3498b5b5c82d399e0b3d9dc2341a425035e2db0a6d4f8c065e29a51", "input: holdout": "92e00754244b3da9c312a867638817e60a17db0a98fe8bb6ce1447bd35452caf"}','[{"parameter": "rows", "reference": "step 1 result", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}]','[{"name": "fit", "codec": "training_set", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64", "manifest": {"blob": "5d2ea8534bed077628f9d8304f90e4dec6e4dfa605fd2419091805c20cd4593a", "content": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, "summary": "80 rows x 3 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc", "manifest": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370", "content": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}, "summary": "320 rows x 3 inputs"}]',NULL,'it has not run before','2026-11-21T14:33:40.759029Z',3.73868919996311888098e-02);
INSERT INTO "step_run" VALUES('default','01a1fe86f81477a4afb9728621c1d157',2,'train','executed','2b23e16f8ab1ea0b2452b6ba6348fe06850bcdf7ce7e8436896ded6b99f336a3','0994338f389d88de4816529e447ffea5ba803a7e4c09eeb7ecb564148eba9a4a','{"code: python": "3.11.7", "code: function parcels.train": "f60a146edcdd3c3d2b928a1ee0d8d9561407a8c76762959b02b35e0fc7e2961a", "code: distribution lightgbm": "4.7.0", "code: value function parcels.train.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function parcels.train.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function parcels.train", "input: rows": "0290c020c38cee7247e8551bdcc848b82c842269ba046068cb45adcffe5785d7", "input: n_trees": "cf9116cdd1b4096d5eba23e238aaafe227a141a7b02c244fe92fb3209c24aeef"}','[{"parameter": "rows", "reference": "step 2 fit", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}]','[{"name": "result", "codec": "model", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b", "manifest": {"format": "lightgbm", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c"}}, "summary": "LGBMClassifier"}]',NULL,'it has not run before','2026-11-21T14:33:40.798763Z',1.1097695500029658433e-01);
INSERT INTO "step_run" VALUES('default','01a1fe86f81477a4afb9728621c1d157',3,'evaluate','executed','fa8c0237150089f43558023e49f743d29e350acb817b39d0deaaf0a07ac123bb','d574da477f04e60e8b6ab1e33728962ea376933dda234940c99e496aad73e9ad','{"code: python": "3.11.7", "code: function tidemill.evaluation.step.evaluate": "", "code: tidemill": "4c2f2b155a3d450aaf8adb1d9b59efcb4c6822182da8a52278d0b7add8d33901", "code: value function tidemill.evaluation.step.evaluate.__defaults__": "810e77b8dfc2f9fb218fafe12b42f644d1da08317a3a9a82279f510bcca186c9", "code: value function tidemill.evaluation.step.evaluate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.evaluation.step.evaluate", "input: model": "61ae7e6b9d90e8e0c213ffa2e84e89ee8ede5538f786d67542c035cf86a81d5d", "input: rows": "bd6d0a378d4045a511abe5555b59511ff18fac3c79be47d4c5a45ad8f9434614", "input: slices": "35f9623db2fe1770691c6bca18b902f6090e5b5f1a1eb28ed229a50d4bf8c1d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b"}, {"parameter": "rows", "reference": "step 2 holdout", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}]','[{"name": "result", "codec": "evaluation_report", "digest": "dc1f9d9c88b507eb966e07c9bde7cb616db8f6778694ea5aa17b64f0ac043583", "manifest": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "summary": "auc 0.739 (95 % 0.679 to 0.798), log_loss 0.563 (95 % 0.500 to 0.626) on 304 rows"}]',NULL,'it has not run before','2026-11-21T14:33:40.923041Z',1.03714118000425514765e-01);
INSERT INTO "step_run" VALUES('default','01a1fe86f81477a4afb9728621c1d157',4,'candidate','executed','280a3e0fcae436ccfcf038edd46a294755250b4dd30e4b599a99f3db2b68bd21','b1e01622fd1faab99344ade3d9ee4a6da807b7315966611b78b9c11c40b85dc9','{"code: python": "3.11.7", "code: function tidemill.registry.candidate.candidate": "", "code: tidemill": "4c2f2b155a3d450aaf8adb1d9b59efcb4c6822182da8a52278d0b7add8d33901", "code: value function tidemill.registry.candidate.candidate.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.registry.candidate.candidate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.registry.candidate.candidate", "input: model": "61ae7e6b9d90e8e0c213ffa2e84e89ee8ede5538f786d67542c035cf86a81d5d", "input: report": "2c9907267144b67a8b47c7708979ca47d40a24252f11ec44f52d092d7ec87337", "input: fit": "0290c020c38cee7247e8551bdcc848b82c842269ba046068cb45adcffe5785d7", "input: holdout": "bd6d0a378d4045a511abe5555b59511ff18fac3c79be47d4c5a45ad8f9434614"}','[{"parameter": "model", "reference": "step 3 result", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b"}, {"parameter": "report", "reference": "step 4 result", "digest": "dc1f9d9c88b507eb966e07c9bde7cb616db8f6778694ea5aa17b64f0ac043583"}, {"parameter": "fit", "reference": "step 2 fit", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, {"parameter": "holdout", "reference": "step 2 holdout", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}]','[{"name": "result", "codec": "candidate", "digest": "2b59ce2ce3be44fdf8c521b45370568f49a410483955e812b3206d1c12c51b12", "manifest": {"package_digest": "d40fddd8b64e45d66da8c8ea64d9b13a8011f23432243c5d5767b5ef474fd56c", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "5e99eca4ee8f6d526cc224bb9e9ad3f6af16583d06a932399b2daab9ba6fd666", "model.onnx": "e1ea883e15ce2763a4046f541f5d981100d1dc22500e4c661e06b95b8fb986cb"}, "report": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370"}}, "summary": "candidate d40fddd8b64e, 4 files, 15 KiB"}]',NULL,'it has not run before','2026-11-21T14:33:41.030933Z',2.78290266000112751498e-01);
CREATE TABLE tidemill_migration (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "tidemill_migration" VALUES('0001');
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
CREATE INDEX event_by_project ON event (project_id, sequence);
CREATE INDEX event_by_subject ON event (project_id, subject, sequence);
CREATE INDEX gate_verdict_by_package ON gate_verdict (project_id, model, package_digest);
CREATE INDEX job_due ON job (state, run_at);
CREATE INDEX ix_materialization_view ON materialization (project_id, "view", id);
CREATE INDEX run_by_experiment ON run (project_id, experiment_id, id);
CREATE INDEX token_by_digest ON token (digest);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',9);
COMMIT;

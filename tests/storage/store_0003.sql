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
INSERT INTO "dataset_check" VALUES('default','01a2007accd6775b9a69674fefab9ed8','5019640a3994dc88e0f787a02406b77bdf0d5ca3c7230b649c37c246c61cb649','[{"check": "not_null", "column": "parcel_id", "sentence": "parcel_id not null", "n_failing": 0}, {"check": "unique", "column": "parcel_id", "sentence": "parcel_id unique", "n_failing": 0}, {"check": "not_null", "column": "sent_at", "sentence": "sent_at not null", "n_failing": 0}, {"check": "not_null", "column": "depot", "sentence": "depot not null", "n_failing": 0}]','2026-11-21T23:39:37.555020Z','ann');
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
INSERT INTO "dataset_version" VALUES('default','01a2007accd6775b9a69674fefab9ed8','parcels',1,'a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f',400,'[["parcel_id", "String"], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')"], ["depot", "String"], ["weight", "Float64"], ["late", "Boolean"]]','[{"file": "data/2013.csv", "digest": "ca9d4422a7c0729708971e00fe088eab1de5e2e20f1684a667855a0e6dbe0538", "blob": "239192f0fbc9ce0680023f6321936ec7dc87c44662c5bc8e799ff6621d88f555", "n_rows": 400}]','parcel_id','sent_at','2013-01-01T00:00:00.000000Z','2013-01-13T11:15:00.000000Z','532a2024b119a3546b98d583266a026dfcbda1eb04899ee5bb53f1de990e640b','2026-11-21T23:39:37.554594Z','ann',NULL);
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
INSERT INTO "endpoint" VALUES('default','late','late','arrives late','normal',2,'2026-11-21T23:39:48.967275Z','ann','{"pipeline": "lateness", "gate": [{"kind": "at_least", "metric": "auc", "limit": 0.6, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, {"kind": "no_worse_than", "metric": "auc", "limit": 0.05, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}], "monitors": [], "retrain": [], "cool_down": "7d"}');
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
INSERT INTO "endpoint_revision" VALUES('default','late',1,'late',1,'f53f2415049f8a065979497c5ebdd4d32f09ddc55c58cc7816ce69d382cb0e14','released','2026-11-21T23:39:48.967275Z','ann');
INSERT INTO "endpoint_revision" VALUES('default','late',2,'late',2,'7c3c4b4ee59bb3576ca33cc6f8808dfd2123e94ef6f38fb6d84e5ec8cbd07228','released','2026-11-21T23:39:50.599319Z','ann');
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
INSERT INTO "event" VALUES(1,'default','01a2007accd7749c8ad7d10c66e6f47a','dataset.committed','parcels@1','ann','2026-11-21T23:39:37.555020Z','{"digest":"a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f","n_parts":1,"n_rows":400}',1,'c6cfb9910a6fbe49bd8a62e9ae884e7d498b0e76ebfb343a1ba436cd45ae003a');
INSERT INTO "event" VALUES(2,'default','01a2007acd6c74fbb81c0b6e5f021cdc','run.started','01a2007acd61735587a36d4a30244bce','ann','2026-11-21T23:39:37.698243Z','{"experiment":"lateness"}',2,'0520808f4a0c71e42a4deaebab661f3c5920b7ba8d89cf76971d2dce88a96ae0');
INSERT INTO "event" VALUES(3,'default','01a2007af4bd7468b7335329af22339a','run.finished','01a2007acd61735587a36d4a30244bce','ann','2026-11-21T23:39:47.771335Z','{"experiment":"lateness"}',3,'376a0292731acb8c83529ebc4f30434677701b107390645801e18f5cc9d31e9b');
INSERT INTO "event" VALUES(4,'default','01a2007af9137639961415035ebe3fb3','gate.passed','late','ann','2026-11-21T23:39:48.882315Z','{"endpoint":"late","run_id":"01a2007acd61735587a36d4a30244bce","verdict_id":"01a2007af91270f3bf63bc53be81abab"}',4,'b0b28cea63b7467b3e7c00780940a09157d8f675edb4289965800862d04fc4de');
INSERT INTO "event" VALUES(5,'default','01a2007af922742599624632718e9228','model.created','late','ann','2026-11-21T23:39:48.895163Z','{}',5,'0c1d284428dd5578a116a5f188a661a5f152273992bb28ac81f91b8dfc7337a8');
INSERT INTO "event" VALUES(6,'default','01a2007af929717bae12036ec84a9043','model_version.registered','late/1','ann','2026-11-21T23:39:48.895163Z','{"package_digest":"f53f2415049f8a065979497c5ebdd4d32f09ddc55c58cc7816ce69d382cb0e14","run_id":"01a2007acd61735587a36d4a30244bce","verdict_id":"01a2007af91270f3bf63bc53be81abab"}',6,'a2468eb98694d5b8542c4b9f4a07cb286d7354c7b7d379481841adafcec91009');
INSERT INTO "event" VALUES(7,'default','01a2007af949777aacd74af019b488e0','feature_view.materialized','depot_load','ann','2026-11-21T23:39:48.934961Z','{"n_keys":3,"until":"2013-01-14T00:00:00.000000Z"}',7,'bdec3b83f3f76895d90f9cec8c3032bcf9e40cfa8a822ea100d678306be6c8b0');
INSERT INTO "event" VALUES(8,'default','01a2007af95e70b883ec3db900f3cd36','model_version.promoted','late/1','ann','2026-11-21T23:39:48.949485Z','{"alias":"champion","previous":null,"verdict_id":"01a2007af91270f3bf63bc53be81abab"}',8,'3400ce95f77a6c74532bb7e36e28b91e66dadedb7d4c4c43213e5151ca306eb3');
INSERT INTO "event" VALUES(9,'default','01a2007af96b7406914ba36fd8e864a2','endpoint.deployed','late/1','ann','2026-11-21T23:39:48.967275Z','{"endpoint":"late","reason":"released","revision":1}',9,'fb3453d33e7816fa55629a09c019191d46b51e7898f8bb5c91853621a50101e8');
INSERT INTO "event" VALUES(10,'default','01a2007afa4d74ddae2116d4b2af359e','run.started','01a2007afa4a75b69180aabed780901b','ann','2026-11-21T23:39:49.195562Z','{"experiment":"lateness"}',10,'3e46c06213151db42a7a4c75139b1586c480361ec83672402f15f0a1185524d0');
INSERT INTO "event" VALUES(11,'default','01a2007afc4c72b1b56d00a25bcb74e1','run.finished','01a2007afa4a75b69180aabed780901b','ann','2026-11-21T23:39:49.707169Z','{"experiment":"lateness"}',11,'9e43cbbf65bca87815fca8dcbb5279c33a24fe7c4ca6a9a9b86c489abdcf3fed');
INSERT INTO "event" VALUES(12,'default','01a2007aff6070b29a65840061911744','gate.passed','late','ann','2026-11-21T23:39:50.495000Z','{"endpoint":"late","run_id":"01a2007afa4a75b69180aabed780901b","verdict_id":"01a2007aff5e76f1b7eeef3181228f51"}',12,'fffcae23f08fa6f90f49f963e73a8e5b68014ae5d573642b490db67c72ef6e2b');
INSERT INTO "event" VALUES(13,'default','01a2007aff7370f69150376328ec3ddb','model_version.registered','late/2','ann','2026-11-21T23:39:50.507275Z','{"package_digest":"7c3c4b4ee59bb3576ca33cc6f8808dfd2123e94ef6f38fb6d84e5ec8cbd07228","run_id":"01a2007afa4a75b69180aabed780901b","verdict_id":"01a2007aff5e76f1b7eeef3181228f51"}',13,'d87eddcac2c59fe57baf92f6e5590b9f50a0fff547fa2c9c49c84d3f4dd5940d');
INSERT INTO "event" VALUES(14,'default','01a2007affa675cabfc41b6b3e617130','feature_view.materialized','depot_load','ann','2026-11-21T23:39:50.563665Z','{"n_keys":3,"until":"2013-01-14T00:00:00.000000Z"}',14,'fee59fe58b5cc4af89a4491704e52faca27f2eb0e0811432b5e6197513df642a');
INSERT INTO "event" VALUES(15,'default','01a2007affbc748e901a067f6ca449e6','model_version.promoted','late/2','ann','2026-11-21T23:39:50.577125Z','{"alias":"champion","previous":1,"verdict_id":"01a2007aff5e76f1b7eeef3181228f51"}',15,'10ac3557f5f84a37c62f23782036e14efc932e9d1d4cc036ee19ee206c5800ea');
INSERT INTO "event" VALUES(16,'default','01a2007affcf737fbcf014668d6be521','endpoint.deployed','late/2','ann','2026-11-21T23:39:50.599319Z','{"endpoint":"late","reason":"released","revision":2}',16,'3fcb89d0a9c4df63bec6277ec1aecee98165eeadbb26adc184659bf6de015699');
INSERT INTO "event" VALUES(17,'default','01a2007b003e74cfad7cc4c855005d5f','file_set.committed','pics@1','ann','2026-11-21T23:39:50.714858Z','{"digest":"e18d3f44e39521cf202c287ada433f89677c6344c08dfc3af9de6acbbd4fa093","n_bytes":1,"n_files":1}',17,'6aa7c003f1e1b1a9266df505e50c778afe46cd8583ccddfd0c9cef52cd38f3a7');
CREATE TABLE experiment (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, name)
);
INSERT INTO "experiment" VALUES('default','01a2007acd6376119507e9af93970d42','lateness','2026-11-21T23:39:37.698243Z','ann');
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
INSERT INTO "file_set_version" VALUES('default','01a2007b003d725384744fd1e287e2b1','pics',1,'e18d3f44e39521cf202c287ada433f89677c6344c08dfc3af9de6acbbd4fa093',1,1,'2026-11-21T23:39:50.714666Z','ann');
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
INSERT INTO "gate_verdict" VALUES('default','01a2007af91270f3bf63bc53be81abab','late','late','f53f2415049f8a065979497c5ebdd4d32f09ddc55c58cc7816ce69d382cb0e14','a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2','01a2007acd61735587a36d4a30244bce',1,'{"passed": true, "checks": [{"rule": {"kind": "at_least", "metric": "auc", "limit": 0.6, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "auc", "value": 0.7388033358337378, "low": 0.6791759725919679, "high": 0.7984306990755077, "limit": 0.6, "passed": true, "sentence": "auc 0.739 (95 % 0.679 to 0.798) is at least 0.600", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "no_worse_than", "metric": "auc", "limit": 0.05, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}, "metric": "auc", "value": null, "low": null, "high": null, "limit": 0.05, "passed": true, "sentence": "there is no champion to compare auc with, so the rule holds", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "loads", "metric": "answers", "limit": 0.0, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "answers", "value": null, "low": null, "high": null, "limit": 0.0, "passed": true, "sentence": "the model loads in a process of its own and answers 46 example rows as here", "judged_on": null, "candidate": null, "champion": null}]}','2026-11-21T23:39:48.882315Z','ann');
INSERT INTO "gate_verdict" VALUES('default','01a2007aff5e76f1b7eeef3181228f51','late','late','7c3c4b4ee59bb3576ca33cc6f8808dfd2123e94ef6f38fb6d84e5ec8cbd07228','fabca270ecd925c9ede34cc0e7ad62e977992aadeb8ee4040ebd40e1e80e55f3','01a2007afa4a75b69180aabed780901b',1,'{"passed": true, "checks": [{"rule": {"kind": "at_least", "metric": "auc", "limit": 0.6, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "auc", "value": 0.7324934915942286, "low": 0.6720819225003164, "high": 0.7929050606881408, "limit": 0.6, "passed": true, "sentence": "auc 0.732 (95 % 0.672 to 0.793) is at least 0.600", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "no_worse_than", "metric": "auc", "limit": 0.05, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}, "metric": "auc", "value": -0.006309844239509199, "low": -0.01262295783349256, "high": 3.2693544741620173e-06, "limit": 0.05, "passed": true, "sentence": "auc 0.732 against 0.739 of the champion on 304 rows of the candidate''s holdout from 2013-01-03 to 2013-01-13, a difference of -0.006 (95 % -0.013 to 3.27e-06): that is no loss of more than 0.050", "judged_on": {"kind": "holdout", "n": 304, "first_at": "2013-01-03T12:00:00.000000Z", "last_at": "2013-01-13T11:15:00.000000Z", "instead": ""}, "candidate": 0.7324934915942286, "champion": 0.7388033358337378}, {"rule": {"kind": "loads", "metric": "answers", "limit": 0.0, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "answers", "value": null, "low": null, "high": null, "limit": 0.0, "passed": true, "sentence": "the model loads in a process of its own and answers 46 example rows as here", "judged_on": null, "candidate": null, "champion": null}]}','2026-11-21T23:39:50.495000Z','ann');
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
INSERT INTO "ingested_part" VALUES('default','parcels','/project/data/2013.csv',15032,1795304377218509986,2941377,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','ca9d4422a7c0729708971e00fe088eab1de5e2e20f1684a667855a0e6dbe0538','239192f0fbc9ce0680023f6321936ec7dc87c44662c5bc8e799ff6621d88f555',400,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]',0);
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
INSERT INTO "job" VALUES('default','01a2007b001776eaaebb7b7f5d2d56f5','pipeline_run','01a2007b001776eaaebb7b7f5d2d56f5','{"pipeline": "lateness", "params": {}, "release": true, "use_cache": true, "role": "admin", "tags": {}}','queued','2026-11-21T23:39:50.680406Z',NULL,NULL,0,3,NULL,NULL,'2026-11-21T23:39:50.679270Z','ann',NULL);
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
INSERT INTO "materialization" VALUES('default','01a2007af94774f0b7797e62d8d79f5f','depot_load','2013-01-14T00:00:00.000000Z',3,'[["n_sent", "number"]]','2026-11-21T23:39:48.934640Z','ann','["depot"]');
INSERT INTO "materialization" VALUES('default','01a2007affa477deb125494e323c609b','depot_load','2013-01-14T00:00:00.000000Z',3,'[["n_sent", "number"]]','2026-11-21T23:39:50.563293Z','ann','["depot"]');
CREATE TABLE model (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
INSERT INTO "model" VALUES('default','late','2026-11-21T23:39:48.895163Z','ann');
CREATE TABLE model_alias (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	alias VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
INSERT INTO "model_alias" VALUES('default','late','champion',2,'2026-11-21T23:39:50.577125Z','ann');
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
INSERT INTO "model_version" VALUES('default','late',1,'f53f2415049f8a065979497c5ebdd4d32f09ddc55c58cc7816ce69d382cb0e14','{"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "5e99eca4ee8f6d526cc224bb9e9ad3f6af16583d06a932399b2daab9ba6fd666", "model.onnx": "e1ea883e15ce2763a4046f541f5d981100d1dc22500e4c661e06b95b8fb986cb", "reference.json": "a004f3fadb8960bed32be5316606ceae25b6db7fe4564ac23ddd1268f8d3310e"}','a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2','{"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}','01a2007acd61735587a36d4a30244bce','01a2007af91270f3bf63bc53be81abab','2026-11-21T23:39:48.895163Z','ann');
INSERT INTO "model_version" VALUES('default','late',2,'7c3c4b4ee59bb3576ca33cc6f8808dfd2123e94ef6f38fb6d84e5ec8cbd07228','{"model.txt": "ee22edb1b0fe02c3e711ac1a8856050b6512f54645a019d8bb2d04bc07fdfa09", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "f6e78eeb1568899dc0ebe06a03f55c332fe7e5c7b86ad883f7a5631e20a48f88", "model.onnx": "d99c965f162f52b46def0b384f18b14ef4de355487eb1704c7c89b89862f5174", "reference.json": "f7885b89dc43ee09cdcac4d291abbbfe295e6c68b8ef20ecdf8000e1087ad8c8"}','fabca270ecd925c9ede34cc0e7ad62e977992aadeb8ee4040ebd40e1e80e55f3','{"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}','01a2007afa4a75b69180aabed780901b','01a2007aff5e76f1b7eeef3181228f51','2026-11-21T23:39:50.507275Z','ann');
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
INSERT INTO "run" VALUES('default','01a2007acd61735587a36d4a30244bce','01a2007acd6376119507e9af93970d42','lateness','finished','2026-11-21T23:39:37.698243Z','2026-11-21T23:39:47.771335Z','ann','19dbfbc19c3b7af124730befcff8cd6aa225117db0f22024a218a38e43951e66',NULL,NULL);
INSERT INTO "run" VALUES('default','01a2007afa4a75b69180aabed780901b','01a2007acd6376119507e9af93970d42','lateness','finished','2026-11-21T23:39:49.195562Z','2026-11-21T23:39:49.707169Z','ann','19dbfbc19c3b7af124730befcff8cd6aa225117db0f22024a218a38e43951e66',NULL,NULL);
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
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','accuracy',0,7.59868421052631526357e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','auc',0,7.38803335833737806481e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','base_rate',0,4.30921052631578926916e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','brier',0,1.85971240482841360108e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','log_loss',0,5.62678688549650418693e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','precision',0,7.84313725490196067546e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','recall',0,6.10687022900763376576e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','accuracy',0,7.59868421052631526357e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','auc',0,7.32493491594228607333e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','base_rate',0,4.30921052631578926916e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','brier',0,1.86608788005476866622e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','log_loss',0,5.65786399139906248656e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','precision',0,7.84313725490196067546e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_last_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','recall',0,6.10687022900763376576e-01,'2026-11-21T23:39:49.710239Z');
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
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','auc',0,7.38803335833737806481e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','log_loss',0,5.62678688549650418693e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','brier',0,1.85971240482841360108e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','accuracy',0,7.59868421052631526357e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','precision',0,7.84313725490196067546e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','recall',0,6.10687022900763376576e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007acd61735587a36d4a30244bce','base_rate',0,4.30921052631578926916e-01,'2026-11-21T23:39:47.787388Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','auc',0,7.32493491594228607333e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','log_loss',0,5.65786399139906248656e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','brier',0,1.86608788005476866622e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','accuracy',0,7.59868421052631526357e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','precision',0,7.84313725490196067546e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','recall',0,6.10687022900763376576e-01,'2026-11-21T23:39:49.710239Z');
INSERT INTO "run_metric" VALUES('default','01a2007afa4a75b69180aabed780901b','base_rate',0,4.30921052631578926916e-01,'2026-11-21T23:39:49.710239Z');
CREATE TABLE run_param (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
INSERT INTO "run_param" VALUES('default','01a2007acd61735587a36d4a30244bce','n_trees','20');
INSERT INTO "run_param" VALUES('default','01a2007afa4a75b69180aabed780901b','n_trees','30');
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
INSERT INTO "step_result" VALUES('default','408b1cd2e0c2bf97bd1e3b7aa906cdbecb67b58a2e7834f575dbb5d4e2f0ebd3','01a2007acd61735587a36d4a30244bce','[{"name": "result", "codec": "training_set", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb", "manifest": {"blob": "ea03ab7d5fd1192e975fe9f1a2ba64fe32e73ff0bc0ab1f0f6eea58240f44aa0", "content": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}, "summary": "400 rows x 3 inputs"}]',2.12248650059336796402e-02,'2026-11-21T23:39:37.744618Z');
INSERT INTO "step_result" VALUES('default','e3c5ac004cb4029124514de6314f7a6b1f885d90780917e8267cdfdc85c02d63','01a2007acd61735587a36d4a30244bce','[{"name": "fit", "codec": "training_set", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64", "manifest": {"blob": "5d2ea8534bed077628f9d8304f90e4dec6e4dfa605fd2419091805c20cd4593a", "content": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, "summary": "80 rows x 3 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc", "manifest": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370", "content": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}, "summary": "320 rows x 3 inputs"}]',2.27011280003353022038e-02,'2026-11-21T23:39:37.772573Z');
INSERT INTO "step_result" VALUES('default','0994338f389d88de4816529e447ffea5ba803a7e4c09eeb7ecb564148eba9a4a','01a2007acd61735587a36d4a30244bce','[{"name": "result", "codec": "model", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b", "manifest": {"format": "lightgbm", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c"}}, "summary": "LGBMClassifier"}]',9.17206514099962,'2026-11-21T23:39:46.947142Z');
INSERT INTO "step_result" VALUES('default','6c82ceffaa89e94c82b2f0fedca421d6d688db332feb2acb07fe8f4beace0f8a','01a2007acd61735587a36d4a30244bce','[{"name": "result", "codec": "evaluation_report", "digest": "dc1f9d9c88b507eb966e07c9bde7cb616db8f6778694ea5aa17b64f0ac043583", "manifest": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "summary": "auc 0.739 (95 % 0.679 to 0.798), log_loss 0.563 (95 % 0.500 to 0.626) on 304 rows"}]',3.99077949987258762121e-02,'2026-11-21T23:39:46.991119Z');
INSERT INTO "step_result" VALUES('default','79a2dff3424ef2a29e4f359be2cda8cf5f01379a989eb25f2ba8ccb1bb1376b3','01a2007acd61735587a36d4a30244bce','[{"name": "result", "codec": "candidate", "digest": "b6f53a3027e2fdfdd2f1a56142782b94cf5cc7805e8aeb19174e468dfef15ae6", "manifest": {"package_digest": "f53f2415049f8a065979497c5ebdd4d32f09ddc55c58cc7816ce69d382cb0e14", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "5e99eca4ee8f6d526cc224bb9e9ad3f6af16583d06a932399b2daab9ba6fd666", "model.onnx": "e1ea883e15ce2763a4046f541f5d981100d1dc22500e4c661e06b95b8fb986cb", "reference.json": "a004f3fadb8960bed32be5316606ceae25b6db7fe4564ac23ddd1268f8d3310e"}, "report": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370"}}, "summary": "candidate f53f2415049f, 5 files, 24 KiB"}]',0.765373135000118,'2026-11-21T23:39:47.758956Z');
INSERT INTO "step_result" VALUES('default','c3c0791dcddd9904d8a9a834f5ab97ba15f5fdeb83886f85d168b7eac3954462','01a2007afa4a75b69180aabed780901b','[{"name": "result", "codec": "model", "digest": "9b0eb21ef278cac6ecc5bdf8ac480d11d38861a8280372c724a60639b462e81d", "manifest": {"format": "lightgbm", "files": {"model.txt": "ee22edb1b0fe02c3e711ac1a8856050b6512f54645a019d8bb2d04bc07fdfa09"}}, "summary": "LGBMClassifier"}]',3.17176909957197494804e-02,'2026-11-21T23:39:49.550985Z');
INSERT INTO "step_result" VALUES('default','2ff608ec3e57095e6ef5dcb1679d40a40e7989f565c46a48caaa9676644c89d7','01a2007afa4a75b69180aabed780901b','[{"name": "result", "codec": "evaluation_report", "digest": "1e59a9c4352254ea933ed99ae246e64c6aaf597118cd379306c710547ea06cdb", "manifest": {"blob": "fabca270ecd925c9ede34cc0e7ad62e977992aadeb8ee4040ebd40e1e80e55f3"}, "summary": "auc 0.732 (95 % 0.672 to 0.793), log_loss 0.566 (95 % 0.499 to 0.633) on 304 rows"}]',0.0398782120028045,'2026-11-21T23:39:49.594968Z');
INSERT INTO "step_result" VALUES('default','1eca94ab641d12d01ce3085a113060d384692f009cb86392f19239e66e4e0bcb','01a2007afa4a75b69180aabed780901b','[{"name": "result", "codec": "candidate", "digest": "bddc3778b322063c31bd88c33e22c0b0c2b7bc4838d2a691fc59215a27f9bcab", "manifest": {"package_digest": "7c3c4b4ee59bb3576ca33cc6f8808dfd2123e94ef6f38fb6d84e5ec8cbd07228", "files": {"model.txt": "ee22edb1b0fe02c3e711ac1a8856050b6512f54645a019d8bb2d04bc07fdfa09", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "f6e78eeb1568899dc0ebe06a03f55c332fe7e5c7b86ad883f7a5631e20a48f88", "model.onnx": "d99c965f162f52b46def0b384f18b14ef4de355487eb1704c7c89b89862f5174", "reference.json": "f7885b89dc43ee09cdcac4d291abbbfe295e6c68b8ef20ecdf8000e1087ad8c8"}, "report": {"blob": "fabca270ecd925c9ede34cc0e7ad62e977992aadeb8ee4040ebd40e1e80e55f3"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370"}}, "summary": "candidate 7c3c4b4ee59b, 5 files, 29 KiB"}]',9.73788820047047920525e-02,'2026-11-21T23:39:49.696512Z');
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
INSERT INTO "step_run" VALUES('default','01a2007acd61735587a36d4a30244bce',0,'training_set','executed','be84309d2def2098d231d5a23a27ec254a680e643f3d3cc3b6c0fce1a0928227','408b1cd2e0c2bf97bd1e3b7aa906cdbecb67b58a2e7834f575dbb5d4e2f0ebd3','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps._training_set": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.pipelines.dataset_steps._training_set.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps._training_set.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps._training_set", "input: source": "ca5e702563aebd9968fb9de4d3ee5e51a80f434f6ace437c3adc4beaca966708", "input: columns": "fc6c0637a34cb79bfef89d3c3787d23c49526d148946a0fe93097cd7728046c5", "input: features": "764ef982fd7346523ab79752ab0ff6f3cff8b00c15c90b5db3825c405d9a3641", "input: label": "cbf2be50bd96e42557640e0b814885b419efe830f9785e7c23c6464479ea34b1"}','[{"parameter": "source", "reference": "parcels@1", "digest": "a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f"}, {"parameter": "features", "reference": "depot_load on parcels@1", "digest": "77fc83f27a8c0d19a62ea796dca16c552dc7b548db43807923943c2d8fcc0a03"}]','[{"name": "result", "codec": "training_set", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb", "manifest": {"blob": "ea03ab7d5fd1192e975fe9f1a2ba64fe32e73ff0bc0ab1f0f6eea58240f44aa0", "content": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}, "summary": "400 rows x 3 inputs"}]',NULL,'it has not run before','2026-11-21T23:39:37.723121Z',2.12248650059336796402e-02);
INSERT INTO "step_run" VALUES('default','01a2007acd61735587a36d4a30244bce',1,'split_by_time','executed','48b7699122b544a39035bc052516ded5792fc325f4305d43fcb83b6f2e47635d','e3c5ac004cb4029124514de6314f7a6b1f885d90780917e8267cdfdc85c02d63','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps.split_by_time": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps.split_by_time", "input: rows": "63d314c8b3498b5b5c82d399e0b3d9dc2341a425035e2db0a6d4f8c065e29a51", "input: holdout": "92e00754244b3da9c312a867638817e60a17db0a98fe8bb6ce1447bd35452caf"}','[{"parameter": "rows", "reference": "step 1 result", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}]','[{"name": "fit", "codec": "training_set", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64", "manifest": {"blob": "5d2ea8534bed077628f9d8304f90e4dec6e4dfa605fd2419091805c20cd4593a", "content": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, "summary": "80 rows x 3 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc", "manifest": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370", "content": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}, "summary": "320 rows x 3 inputs"}]',NULL,'it has not run before','2026-11-21T23:39:37.749481Z',2.27011280003353022038e-02);
INSERT INTO "step_run" VALUES('default','01a2007acd61735587a36d4a30244bce',2,'train','executed','2b23e16f8ab1ea0b2452b6ba6348fe06850bcdf7ce7e8436896ded6b99f336a3','0994338f389d88de4816529e447ffea5ba803a7e4c09eeb7ecb564148eba9a4a','{"code: python": "3.11.7", "code: function parcels.train": "f60a146edcdd3c3d2b928a1ee0d8d9561407a8c76762959b02b35e0fc7e2961a", "code: distribution lightgbm": "4.7.0", "code: value function parcels.train.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function parcels.train.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function parcels.train", "input: rows": "0290c020c38cee7247e8551bdcc848b82c842269ba046068cb45adcffe5785d7", "input: n_trees": "cf9116cdd1b4096d5eba23e238aaafe227a141a7b02c244fe92fb3209c24aeef"}','[{"parameter": "rows", "reference": "step 2 fit", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}]','[{"name": "result", "codec": "model", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b", "manifest": {"format": "lightgbm", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c"}}, "summary": "LGBMClassifier"}]',NULL,'it has not run before','2026-11-21T23:39:37.774755Z',9.17206514099962);
INSERT INTO "step_run" VALUES('default','01a2007acd61735587a36d4a30244bce',3,'evaluate','executed','a6290675d02cfb8a6514e8c2bd787b7bd41c0cefbc06c303102f2155957db074','6c82ceffaa89e94c82b2f0fedca421d6d688db332feb2acb07fe8f4beace0f8a','{"code: python": "3.11.7", "code: function tidemill.evaluation.step.evaluate": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.evaluation.step.evaluate.__defaults__": "810e77b8dfc2f9fb218fafe12b42f644d1da08317a3a9a82279f510bcca186c9", "code: value function tidemill.evaluation.step.evaluate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.evaluation.step.evaluate", "input: model": "61ae7e6b9d90e8e0c213ffa2e84e89ee8ede5538f786d67542c035cf86a81d5d", "input: rows": "bd6d0a378d4045a511abe5555b59511ff18fac3c79be47d4c5a45ad8f9434614", "input: slices": "35f9623db2fe1770691c6bca18b902f6090e5b5f1a1eb28ed229a50d4bf8c1d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b"}, {"parameter": "rows", "reference": "step 2 holdout", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}]','[{"name": "result", "codec": "evaluation_report", "digest": "dc1f9d9c88b507eb966e07c9bde7cb616db8f6778694ea5aa17b64f0ac043583", "manifest": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "summary": "auc 0.739 (95 % 0.679 to 0.798), log_loss 0.563 (95 % 0.500 to 0.626) on 304 rows"}]',NULL,'it has not run before','2026-11-21T23:39:46.950942Z',3.99077949987258762121e-02);
INSERT INTO "step_run" VALUES('default','01a2007acd61735587a36d4a30244bce',4,'candidate','executed','28b2e65d6b76099310584d80075c8da5843bf1ac780ec909a72bf8a781d36f81','79a2dff3424ef2a29e4f359be2cda8cf5f01379a989eb25f2ba8ccb1bb1376b3','{"code: python": "3.11.7", "code: function tidemill.registry.candidate.candidate": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.registry.candidate.candidate.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.registry.candidate.candidate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.registry.candidate.candidate", "input: model": "61ae7e6b9d90e8e0c213ffa2e84e89ee8ede5538f786d67542c035cf86a81d5d", "input: report": "2c9907267144b67a8b47c7708979ca47d40a24252f11ec44f52d092d7ec87337", "input: fit": "0290c020c38cee7247e8551bdcc848b82c842269ba046068cb45adcffe5785d7", "input: holdout": "bd6d0a378d4045a511abe5555b59511ff18fac3c79be47d4c5a45ad8f9434614"}','[{"parameter": "model", "reference": "step 3 result", "digest": "5108fa2492955317899413fff012c0e06613e720c69424a479f83ef5c8429b0b"}, {"parameter": "report", "reference": "step 4 result", "digest": "dc1f9d9c88b507eb966e07c9bde7cb616db8f6778694ea5aa17b64f0ac043583"}, {"parameter": "fit", "reference": "step 2 fit", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, {"parameter": "holdout", "reference": "step 2 holdout", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}]','[{"name": "result", "codec": "candidate", "digest": "b6f53a3027e2fdfdd2f1a56142782b94cf5cc7805e8aeb19174e468dfef15ae6", "manifest": {"package_digest": "f53f2415049f8a065979497c5ebdd4d32f09ddc55c58cc7816ce69d382cb0e14", "files": {"model.txt": "cf6e204a193befa67657c6eb4c0148abb6e07f60db8c3a47850d683841367b7c", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "5e99eca4ee8f6d526cc224bb9e9ad3f6af16583d06a932399b2daab9ba6fd666", "model.onnx": "e1ea883e15ce2763a4046f541f5d981100d1dc22500e4c661e06b95b8fb986cb", "reference.json": "a004f3fadb8960bed32be5316606ceae25b6db7fe4564ac23ddd1268f8d3310e"}, "report": {"blob": "a094b1939de3f9b681ce4790b182efcd9b3f0baf022a159be9f51c5c3df8d5a2"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370"}}, "summary": "candidate f53f2415049f, 5 files, 24 KiB"}]',NULL,'it has not run before','2026-11-21T23:39:46.993281Z',0.765373135000118);
INSERT INTO "step_run" VALUES('default','01a2007afa4a75b69180aabed780901b',0,'training_set','reused','be84309d2def2098d231d5a23a27ec254a680e643f3d3cc3b6c0fce1a0928227','408b1cd2e0c2bf97bd1e3b7aa906cdbecb67b58a2e7834f575dbb5d4e2f0ebd3','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps._training_set": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.pipelines.dataset_steps._training_set.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps._training_set.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps._training_set", "input: source": "ca5e702563aebd9968fb9de4d3ee5e51a80f434f6ace437c3adc4beaca966708", "input: columns": "fc6c0637a34cb79bfef89d3c3787d23c49526d148946a0fe93097cd7728046c5", "input: features": "764ef982fd7346523ab79752ab0ff6f3cff8b00c15c90b5db3825c405d9a3641", "input: label": "cbf2be50bd96e42557640e0b814885b419efe830f9785e7c23c6464479ea34b1"}','[{"parameter": "source", "reference": "parcels@1", "digest": "a347c58da46383e7bef6f0132823b9d68831f6a1a3079ea11821ee02a2007c8f"}, {"parameter": "features", "reference": "depot_load on parcels@1", "digest": "77fc83f27a8c0d19a62ea796dca16c552dc7b548db43807923943c2d8fcc0a03"}]','[{"name": "result", "codec": "training_set", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb", "manifest": {"blob": "ea03ab7d5fd1192e975fe9f1a2ba64fe32e73ff0bc0ab1f0f6eea58240f44aa0", "content": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}, "summary": "400 rows x 3 inputs"}]','01a2007acd61735587a36d4a30244bce','unchanged since run 01a2007a, which took 0.02 s','2026-11-21T23:39:49.227007Z',8.20127999759279191493e-04);
INSERT INTO "step_run" VALUES('default','01a2007afa4a75b69180aabed780901b',1,'split_by_time','reused','48b7699122b544a39035bc052516ded5792fc325f4305d43fcb83b6f2e47635d','e3c5ac004cb4029124514de6314f7a6b1f885d90780917e8267cdfdc85c02d63','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps.split_by_time": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps.split_by_time", "input: rows": "63d314c8b3498b5b5c82d399e0b3d9dc2341a425035e2db0a6d4f8c065e29a51", "input: holdout": "92e00754244b3da9c312a867638817e60a17db0a98fe8bb6ce1447bd35452caf"}','[{"parameter": "rows", "reference": "step 1 result", "digest": "f748e83977f60c8c2b78e38ce836ddc97c8a4228fc987677a799547c8c9850cb"}]','[{"name": "fit", "codec": "training_set", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64", "manifest": {"blob": "5d2ea8534bed077628f9d8304f90e4dec6e4dfa605fd2419091805c20cd4593a", "content": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, "summary": "80 rows x 3 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc", "manifest": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370", "content": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}, "summary": "320 rows x 3 inputs"}]','01a2007acd61735587a36d4a30244bce','unchanged since run 01a2007a, which took 0.02 s','2026-11-21T23:39:49.238911Z',7.5075500353705137968e-04);
INSERT INTO "step_run" VALUES('default','01a2007afa4a75b69180aabed780901b',2,'train','executed','2b23e16f8ab1ea0b2452b6ba6348fe06850bcdf7ce7e8436896ded6b99f336a3','c3c0791dcddd9904d8a9a834f5ab97ba15f5fdeb83886f85d168b7eac3954462','{"code: python": "3.11.7", "code: function parcels.train": "f60a146edcdd3c3d2b928a1ee0d8d9561407a8c76762959b02b35e0fc7e2961a", "code: distribution lightgbm": "4.7.0", "code: value function parcels.train.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function parcels.train.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function parcels.train", "input: rows": "0290c020c38cee7247e8551bdcc848b82c842269ba046068cb45adcffe5785d7", "input: n_trees": "ba71b4ca88d1045ce604dbaea47336015b7aff814a1d14d9fcea5b09c3c4aa9e"}','[{"parameter": "rows", "reference": "step 2 fit", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}]','[{"name": "result", "codec": "model", "digest": "9b0eb21ef278cac6ecc5bdf8ac480d11d38861a8280372c724a60639b462e81d", "manifest": {"format": "lightgbm", "files": {"model.txt": "ee22edb1b0fe02c3e711ac1a8856050b6512f54645a019d8bb2d04bc07fdfa09"}}, "summary": "LGBMClassifier"}]',NULL,'changed: input: n_trees','2026-11-21T23:39:49.519020Z',3.17176909957197494804e-02);
INSERT INTO "step_run" VALUES('default','01a2007afa4a75b69180aabed780901b',3,'evaluate','executed','a6290675d02cfb8a6514e8c2bd787b7bd41c0cefbc06c303102f2155957db074','2ff608ec3e57095e6ef5dcb1679d40a40e7989f565c46a48caaa9676644c89d7','{"code: python": "3.11.7", "code: function tidemill.evaluation.step.evaluate": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.evaluation.step.evaluate.__defaults__": "810e77b8dfc2f9fb218fafe12b42f644d1da08317a3a9a82279f510bcca186c9", "code: value function tidemill.evaluation.step.evaluate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.evaluation.step.evaluate", "input: model": "7f1f65a02ae01f06a0c0dd90cf821301db267639ee4519e4094d0aae921701a5", "input: rows": "bd6d0a378d4045a511abe5555b59511ff18fac3c79be47d4c5a45ad8f9434614", "input: slices": "35f9623db2fe1770691c6bca18b902f6090e5b5f1a1eb28ed229a50d4bf8c1d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "9b0eb21ef278cac6ecc5bdf8ac480d11d38861a8280372c724a60639b462e81d"}, {"parameter": "rows", "reference": "step 2 holdout", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}]','[{"name": "result", "codec": "evaluation_report", "digest": "1e59a9c4352254ea933ed99ae246e64c6aaf597118cd379306c710547ea06cdb", "manifest": {"blob": "fabca270ecd925c9ede34cc0e7ad62e977992aadeb8ee4040ebd40e1e80e55f3"}, "summary": "auc 0.732 (95 % 0.672 to 0.793), log_loss 0.566 (95 % 0.499 to 0.633) on 304 rows"}]',NULL,'changed: input: model','2026-11-21T23:39:49.554873Z',0.0398782120028045);
INSERT INTO "step_run" VALUES('default','01a2007afa4a75b69180aabed780901b',4,'candidate','executed','28b2e65d6b76099310584d80075c8da5843bf1ac780ec909a72bf8a781d36f81','1eca94ab641d12d01ce3085a113060d384692f009cb86392f19239e66e4e0bcb','{"code: python": "3.11.7", "code: function tidemill.registry.candidate.candidate": "", "code: tidemill": "f8723631313935be3d3310245033465593d06f1358480bd4bdd8344e2d48544c", "code: value function tidemill.registry.candidate.candidate.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.registry.candidate.candidate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.registry.candidate.candidate", "input: model": "7f1f65a02ae01f06a0c0dd90cf821301db267639ee4519e4094d0aae921701a5", "input: report": "5a4db53e889b05fa8dd791e17cdceab5804fe3d2a731c58dad26523268630087", "input: fit": "0290c020c38cee7247e8551bdcc848b82c842269ba046068cb45adcffe5785d7", "input: holdout": "bd6d0a378d4045a511abe5555b59511ff18fac3c79be47d4c5a45ad8f9434614"}','[{"parameter": "model", "reference": "step 3 result", "digest": "9b0eb21ef278cac6ecc5bdf8ac480d11d38861a8280372c724a60639b462e81d"}, {"parameter": "report", "reference": "step 4 result", "digest": "1e59a9c4352254ea933ed99ae246e64c6aaf597118cd379306c710547ea06cdb"}, {"parameter": "fit", "reference": "step 2 fit", "digest": "aeef2892af62d1cf77b761de669d78ea6b36f1faa79c627ef5ade53053d6ef64"}, {"parameter": "holdout", "reference": "step 2 holdout", "digest": "7771fb6bc8242d6500cb6d5b5dee07defd32fead2bade3d5cb6492d470dfdbbc"}]','[{"name": "result", "codec": "candidate", "digest": "bddc3778b322063c31bd88c33e22c0b0c2b7bc4838d2a691fc59215a27f9bcab", "manifest": {"package_digest": "7c3c4b4ee59bb3576ca33cc6f8808dfd2123e94ef6f38fb6d84e5ec8cbd07228", "files": {"model.txt": "ee22edb1b0fe02c3e711ac1a8856050b6512f54645a019d8bb2d04bc07fdfa09", "signature.json": "8a988d97b5424eeb2d38e8e28b49ae87d0c32046114bedd820b7ff843411a805", "parity.json": "f6e78eeb1568899dc0ebe06a03f55c332fe7e5c7b86ad883f7a5631e20a48f88", "model.onnx": "d99c965f162f52b46def0b384f18b14ef4de355487eb1704c7c89b89862f5174", "reference.json": "f7885b89dc43ee09cdcac4d291abbbfe295e6c68b8ef20ecdf8000e1087ad8c8"}, "report": {"blob": "fabca270ecd925c9ede34cc0e7ad62e977992aadeb8ee4040ebd40e1e80e55f3"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": [{"name": "depot_load", "keys": ["depot"], "columns": ["n_sent"], "types": ["number"], "ttl_s": 2592000.0}]}, "holdout": {"blob": "16081c260d4ad7d38da4c9c7081146d7411905c44dea6791aa3bef2a25d5d370"}}, "summary": "candidate 7c3c4b4ee59b, 5 files, 29 KiB"}]',NULL,'changed: input: model, input: report','2026-11-21T23:39:49.598920Z',9.73788820047047920525e-02);
CREATE TABLE store_keyring (
	id INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE tidemill_migration (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "tidemill_migration" VALUES('0003');
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
CREATE INDEX event_by_follower ON event (project_id, position);
CREATE INDEX event_by_position ON event (position);
CREATE INDEX event_by_project ON event (project_id, sequence);
CREATE INDEX event_by_subject ON event (project_id, subject, sequence);
CREATE INDEX gate_verdict_by_package ON gate_verdict (project_id, model, package_digest);
CREATE INDEX job_due ON job (state, run_at);
CREATE INDEX label_by_arrival ON label (project_id, endpoint, recorded_at);
CREATE INDEX label_by_time ON label (project_id, endpoint, predicted_at);
CREATE INDEX ix_materialization_view ON materialization (project_id, "view", id);
CREATE INDEX prediction_part_by_time ON prediction_part (project_id, endpoint, last_event_at);
CREATE INDEX quarantined_label_waiting ON quarantined_label (project_id, prediction_id) WHERE settled_at IS NULL;
CREATE INDEX run_by_experiment ON run (project_id, experiment_id, id);
CREATE INDEX run_still_running ON run (project_id, id) WHERE status = 'running';
CREATE INDEX run_last_metric_by_value ON run_last_metric (project_id, "key", value, run_id);
CREATE INDEX run_lease_by_end ON run_lease (until);
CREATE INDEX run_tag_by_key ON run_tag (project_id, "key", run_id);
CREATE INDEX token_by_digest ON token (digest);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',17);
COMMIT;

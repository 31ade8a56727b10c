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
INSERT INTO "dataset_check" VALUES('default','01a1ffc3905873fa944a1c8e0366ce1b','5019640a3994dc88e0f787a02406b77bdf0d5ca3c7230b649c37c246c61cb649','[{"check": "not_null", "column": "parcel_id", "sentence": "parcel_id not null", "n_failing": 0}, {"check": "unique", "column": "parcel_id", "sentence": "parcel_id unique", "n_failing": 0}, {"check": "not_null", "column": "sent_at", "sentence": "sent_at not null", "n_failing": 0}, {"check": "not_null", "column": "depot", "sentence": "depot not null", "n_failing": 0}]','2013-02-18T00:00:00.000000Z','ann');
INSERT INTO "dataset_check" VALUES('default','01a1ffc3a488774988d77d562c48f815','5019640a3994dc88e0f787a02406b77bdf0d5ca3c7230b649c37c246c61cb649','[{"check": "not_null", "column": "parcel_id", "sentence": "parcel_id not null", "n_failing": 0}, {"check": "unique", "column": "parcel_id", "sentence": "parcel_id unique", "n_failing": 0}, {"check": "not_null", "column": "sent_at", "sentence": "sent_at not null", "n_failing": 0}, {"check": "not_null", "column": "depot", "sentence": "depot not null", "n_failing": 0}]','2013-03-11T23:40:00.000000Z','ann');
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
INSERT INTO "dataset_version" VALUES('default','01a1ffc3905873fa944a1c8e0366ce1b','parcels',1,'3bea665fd51d71aaaefb725d7f042e05bd3cc2bc21e7c636e84e9e7540e9d90f',1500,'[["parcel_id", "String"], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')"], ["depot", "String"], ["weight", "Float64"], ["late", "Boolean"]]','[{"file": "data/2013.csv", "digest": "1e82f7e9c42c80eef9f6d21ce1f6b25770855ed435180cf9a96cd4731874106c", "blob": "2696c5a0544852276ad859b9a617ef4aa3b9e4330565bef5a3232126711856b1", "n_rows": 1500}]','parcel_id','sent_at','2013-01-01T00:00:00.000000Z','2013-02-16T20:15:00.000000Z','532a2024b119a3546b98d583266a026dfcbda1eb04899ee5bb53f1de990e640b','2013-02-18T00:00:00.000000Z','ann');
INSERT INTO "dataset_version" VALUES('default','01a1ffc3a488774988d77d562c48f815','parcels',2,'bc5fdcf7c8ba475aa7485da44da24ea7147a3f92112b2cec278724e928faa7e9',1660,'[["parcel_id", "String"], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')"], ["depot", "String"], ["weight", "Float64"], ["late", "Boolean"]]','[{"file": "data/2013-03-01.csv", "digest": "659b8d81bd3e56f61b828465833bcefd68e45d5f6d03d98b3534e3691a700ebf", "blob": "60b1f1b4a27bfc1159805da73a12bed7907443958581540bd76db4c83177ed39", "n_rows": 16}, {"file": "data/2013-03-02.csv", "digest": "b174f9b983969b2cb72546e8ca2cba37998165055eb6b81bc4e5c9a8ddc8da3c", "blob": "f0f7a9d01f85f6aae9e297577c2469d70a465fe7d594e63ed5fd4ef3378bda74", "n_rows": 16}, {"file": "data/2013-03-03.csv", "digest": "4b12bc3fe107ab34537d4adaccabaa9359763fd5e0101927b9209524156f059b", "blob": "61e7366a1866554fb83e81bdf047ef5072a717dcdde051c9934ddde2d12926ef", "n_rows": 16}, {"file": "data/2013-03-04.csv", "digest": "7599e12ed7eeab42ac9424f771ffa56140ed19faad9d65aeac090e975f67f5d6", "blob": "5c862c233ffab36360906ca37bbd695a15dea06c02b2d4b6441714fb8de24362", "n_rows": 16}, {"file": "data/2013-03-05.csv", "digest": "cbccab188ff66c831fcecb158b80e989f3008f09aec101ca3caf7bd126105e58", "blob": "e2277213c1db980a3c40293fa3cb35d61bb094c8855958b31030c479e10adc40", "n_rows": 16}, {"file": "data/2013-03-06.csv", "digest": "2bdcbc164872d6efceb8ada5846de530ccc56141475b29055439181828a1e0db", "blob": "bf90022ac88766af494b672149f0b947e085d620f55eef5b01fb048a430af540", "n_rows": 16}, {"file": "data/2013-03-07.csv", "digest": "0130df4bf194856229589e4e0f01aec721c8e0478684e73eb5c0bc65541f9417", "blob": "5cf99f821f65b48a34001f4c0bf585d53fc77e9eddf9a2fa919e3f15f91b4421", "n_rows": 16}, {"file": "data/2013-03-08.csv", "digest": "96f9ce6e0fb164032ab83966f40f90c54d2ea6a30ff0bd7865d33798cd23291d", "blob": "6f38b49be688f932cbc29f8a652a491f6c72edc8f0ddd8e85a262620cbab04cc", "n_rows": 16}, {"file": "data/2013-03-09.csv", "digest": "20c14ec8b3ab94c0c4c56230b054449a69fbf9b4436db6be7c32f9a4bf5e03b7", "blob": "629754e272966176da92a5b4cdbd56477fdb990ba9b94f81c2fc035fcc441ce2", "n_rows": 16}, {"file": "data/2013-03-10.csv", "digest": "6e84c4e915896961482b51dd79ef80cb686acdfd140dc7148cc60e83be886fca", "blob": "b34964f8a9139d48f04661d08e0e41761c09ee358af7a735d0af474ce1f850c8", "n_rows": 16}, {"file": "data/2013.csv", "digest": "1e82f7e9c42c80eef9f6d21ce1f6b25770855ed435180cf9a96cd4731874106c", "blob": "2696c5a0544852276ad859b9a617ef4aa3b9e4330565bef5a3232126711856b1", "n_rows": 1500}]','parcel_id','sent_at','2013-01-01T00:00:00.000000Z','2013-03-10T22:30:00.000000Z','532a2024b119a3546b98d583266a026dfcbda1eb04899ee5bb53f1de990e640b','2013-03-11T23:40:00.000000Z','ann');
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
INSERT INTO "endpoint" VALUES('default','late','late','arrives late','normal',2,'2013-02-18T00:00:00.000000Z','ann','{"pipeline": "lateness", "gate": [{"kind": "at_least", "metric": "auc", "limit": 0.55, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, {"kind": "no_worse_than", "metric": "auc", "limit": 0.02, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}], "monitors": [{"monitor": "drift", "window": "7d", "psi": 0.25, "min_columns": 1, "min_rows": 100}, {"monitor": "performance", "window": "7d", "metric": "auc", "label_delay": "1d", "min_labelled": 100}], "retrain": ["on drift", "on a drop of 0.03"], "cool_down": "7d"}');
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
INSERT INTO "endpoint_revision" VALUES('default','late',1,'late',1,'9acbf84ee117832894d0fd33feeeba23807b2763fb6cddcabdbab5b0eb5245a4','released','2013-02-18T00:00:00.000000Z','ann');
INSERT INTO "endpoint_revision" VALUES('default','late',2,'late',2,'cba585a53d706e6d893eecd84cb3164e7991bf43a5d8dad074b9154a14deef9c','released','2013-03-11T23:40:00.000000Z','ann');
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
INSERT INTO "event" VALUES(1,'default','01a1ffc3905972f9853450f489802dbc','dataset.committed','parcels@1','ann','2013-02-18T00:00:00.000000Z','{"digest":"3bea665fd51d71aaaefb725d7f042e05bd3cc2bc21e7c636e84e9e7540e9d90f","n_parts":1,"n_rows":1500}',1,'3ba0bf3fc7b60338f48e1fadd6471c638c0095be8a1aabf4683b91ec51f33b34');
INSERT INTO "event" VALUES(2,'default','01a1ffc3907b70cbac2aa53a976a4bb1','run.started','01a1ffc3907977428bc41a0964250205','ann','2013-02-18T00:00:00.000000Z','{"experiment":"lateness"}',2,'c51f762a52f369c1f08089152efaf9b0f23114117fd213a3ece5897e83f6222a');
INSERT INTO "event" VALUES(3,'default','01a1ffc39fa970e6811a88597cbb43ee','run.finished','01a1ffc3907977428bc41a0964250205','ann','2013-02-18T00:00:00.000000Z','{"experiment":"lateness"}',3,'76b49fd8859d3f9a6968e697336b0eac1e28037c20fda830a3e32cdf015db451');
INSERT INTO "event" VALUES(4,'default','01a1ffc3a11b7641be434de734c48c0d','gate.passed','late','ann','2013-02-18T00:00:00.000000Z','{"endpoint":"late","run_id":"01a1ffc3907977428bc41a0964250205","verdict_id":"01a1ffc3a1197499b94809841f244fa3"}',4,'5da9768f451f56341b2c93141154e9405b587ebbc67049a8b175442ecd8959e6');
INSERT INTO "event" VALUES(5,'default','01a1ffc3a11d73be879c0771f1cb4e6f','model.created','late','ann','2013-02-18T00:00:00.000000Z','{}',5,'de4c1ea22f586b755e849f5d8a3ed90fbb22642bebc834b13ba9675a56b030ce');
INSERT INTO "event" VALUES(6,'default','01a1ffc3a12075efb1e08eb1faa55b0b','model_version.registered','late/1','ann','2013-02-18T00:00:00.000000Z','{"package_digest":"9acbf84ee117832894d0fd33feeeba23807b2763fb6cddcabdbab5b0eb5245a4","run_id":"01a1ffc3907977428bc41a0964250205","verdict_id":"01a1ffc3a1197499b94809841f244fa3"}',6,'fc806896226ca012b389b19c09753a22822c6821ca889a4c995147f27c48391a');
INSERT INTO "event" VALUES(7,'default','01a1ffc3a125705594eccad3d7676e08','model_version.promoted','late/1','ann','2013-02-18T00:00:00.000000Z','{"alias":"champion","previous":null,"verdict_id":"01a1ffc3a1197499b94809841f244fa3"}',7,'bab403f0a9a642fb89f7a35f63c1215b8ecac345ca0a6c464de81fe741a3c57d');
INSERT INTO "event" VALUES(8,'default','01a1ffc3a128778fa7fac68fb165494d','endpoint.deployed','late/1','ann','2013-02-18T00:00:00.000000Z','{"endpoint":"late","reason":"released","revision":1}',8,'519d46e22f6f4cc8b4ac0dc8e0a5e70407f4cbabbd3a332060c67c871080ccda');
INSERT INTO "event" VALUES(9,'default','01a1ffc3a3c7718aadf8871908afa45b','labels.recorded','late','ann','2013-03-03T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',9,'2c70bfbedfc148af562391efe561f954e6e5b0e10dc8bbbbea2ea44ed0d0683f');
INSERT INTO "event" VALUES(10,'default','01a1ffc3a3d1754a8b9e9442118cc206','labels.recorded','late','ann','2013-03-04T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',10,'fdf95544cc161d31273e7af4e162d8e874dd49a4575603eb41ac1ba7bc2c1896');
INSERT INTO "event" VALUES(11,'default','01a1ffc3a3e0738a80bd2bd65a87ca8b','window.evaluated','late','ann','2013-03-04T23:40:00.000000Z','{"endpoint":"late","ends_at":"2013-03-04T00:00:00.000000Z","monitor":"drift","n_drifted":0,"starts_at":"2013-02-25T00:00:00.000000Z","verdict":"too few rows","version":"late/1","whole":true}',11,'8a8089df040dd9e318947803988f64a86fa12f851e1e1cccf740f4cd01cd6916');
INSERT INTO "event" VALUES(12,'default','01a1ffc3a3e5732abfed4dcced6acfb9','labels.recorded','late','ann','2013-03-05T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',12,'4b95ae8c245fec245af427cd6850c7f00f5d11da18a4a843c869c131589ec51d');
INSERT INTO "event" VALUES(13,'default','01a1ffc3a3f276248cc957287d48d640','window.evaluated','late','ann','2013-03-05T23:40:00.000000Z','{"endpoint":"late","ends_at":"2013-03-04T00:00:00.000000Z","metric":"auc","monitor":"performance","starts_at":"2013-02-25T00:00:00.000000Z","verdict":"too few labels","version":"late/1","whole":true}',13,'4af1ac96a209935588d12f1e4f3a5e586dcd0c5ce23fb5e2e6d1102e3bf63ef8');
INSERT INTO "event" VALUES(14,'default','01a1ffc3a3f775338b2f2b8eb8fcf147','labels.recorded','late','ann','2013-03-06T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',14,'cfbe4ef0cd06f256e8619486fc741b23404a6f10384c75cf3c80b7d62e9e56e2');
INSERT INTO "event" VALUES(15,'default','01a1ffc3a4067570bfa7369fc99b9195','labels.recorded','late','ann','2013-03-07T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',15,'00aff94f5e07252b61df2c39bc51e1df737ac0018980fe97c7209fd6cb51f4ec');
INSERT INTO "event" VALUES(16,'default','01a1ffc3a41174e3bb5c2b905666de3a','labels.recorded','late','ann','2013-03-08T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',16,'e0147f5d56cd60a3adb8bc52fd6b41be2989a42219dfc43972280359dac823eb');
INSERT INTO "event" VALUES(17,'default','01a1ffc3a41b7524adde0c973a7a6234','labels.recorded','late','ann','2013-03-09T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',17,'905df8addf53cbee7c28be069c7ea42eba4f9877c92f631c3502db5e73e5d3ac');
INSERT INTO "event" VALUES(18,'default','01a1ffc3a426718f858a331fe947b24e','labels.recorded','late','ann','2013-03-10T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',18,'d1407144401b18bf952bcfedbc8e0ecd1f8362a1799bc1669aedab27c2f00757');
INSERT INTO "event" VALUES(19,'default','01a1ffc3a43071888042f4cac2e50696','labels.recorded','late','ann','2013-03-11T00:00:00.000000Z','{"n_accepted":16,"n_quarantined":0,"n_repeated":0,"reasons":{}}',19,'f1f5053715a1bd843b8a8898cd7a58b84045c69ff59be2eebd9367607fd0cdf1');
INSERT INTO "event" VALUES(20,'default','01a1ffc3a43b72db822583d37c96a1ac','window.evaluated','late','ann','2013-03-11T23:40:00.000000Z','{"column":"weight","endpoint":"late","ends_at":"2013-03-11T00:00:00.000000Z","monitor":"drift","n_drifted":2,"psi":16.10580131445934,"starts_at":"2013-03-04T00:00:00.000000Z","verdict":"drifted","version":"late/1","whole":true}',20,'dca957183c9e21be615690adcd31223ccb16b412101a98aac084b47d25f39cbe');
INSERT INTO "event" VALUES(21,'default','01a1ffc3a4417243a05a3bfa80a72245','turn.fired','01a1ffc3a43f72e3a5ca48685fc3df26','ann','2013-03-11T23:40:00.000000Z','{"before":"late/1","due_at":"2013-03-11T00:00:00.000000Z","endpoint":"late","job_id":"01a1ffc3a43f72e3a5ca48685fc3df27","trigger":"drift"}',21,'6779a98142b71908362d7c06bda7aa4c0acd67e0fc3795668cc2bfad435c0c7f');
INSERT INTO "event" VALUES(22,'default','01a1ffc3a4897719b3f5dd65990f69a5','dataset.committed','parcels@2','ann','2013-03-11T23:40:00.000000Z','{"digest":"bc5fdcf7c8ba475aa7485da44da24ea7147a3f92112b2cec278724e928faa7e9","n_parts":11,"n_rows":1660}',22,'d15180a3e3a7bcdbd90594203468a0998052c45d59558c0a9922e2fd87a2fc0e');
INSERT INTO "event" VALUES(23,'default','01a1ffc3a4ab70f98ef83f9798beab2f','run.started','01a1ffc3a4a871c8811707a36d453511','ann','2013-03-11T23:40:00.000000Z','{"experiment":"lateness"}',23,'03a03706c8083bae323b0b6cc6a33b1004dab2caf0af464386350acb256fffd5');
INSERT INTO "event" VALUES(24,'default','01a1ffc3a50f739bb363446229d222f1','run.finished','01a1ffc3a4a871c8811707a36d453511','ann','2013-03-11T23:40:00.000000Z','{"experiment":"lateness"}',24,'935fd9dd75d2e129ce8f7e0a1248e4fb9db414cad78d6dda2c832b66c4bedbbf');
INSERT INTO "event" VALUES(25,'default','01a1ffc3a67272c6a068a9566cadbd93','gate.passed','late','ann','2013-03-11T23:40:00.000000Z','{"endpoint":"late","run_id":"01a1ffc3a4a871c8811707a36d453511","verdict_id":"01a1ffc3a670721eb057e857a75413d7"}',25,'4294e2686fa89711dad074394b12cd1bf7fb798179783768b291025b12e1ddab');
INSERT INTO "event" VALUES(26,'default','01a1ffc3a675744cafbec0324886f219','model_version.registered','late/2','ann','2013-03-11T23:40:00.000000Z','{"package_digest":"cba585a53d706e6d893eecd84cb3164e7991bf43a5d8dad074b9154a14deef9c","run_id":"01a1ffc3a4a871c8811707a36d453511","verdict_id":"01a1ffc3a670721eb057e857a75413d7"}',26,'9a0405efecce0602b019b707f7df0f971aba05155de2b2194e46513346de20f7');
INSERT INTO "event" VALUES(27,'default','01a1ffc3a6797575b85f85b68a9efbac','model_version.promoted','late/2','ann','2013-03-11T23:40:00.000000Z','{"alias":"champion","previous":1,"verdict_id":"01a1ffc3a670721eb057e857a75413d7"}',27,'ed1fe8c8ee6772af1125a9830ff0a8e4dff6569ae1b6c239dbe3bf4591ff1fb6');
INSERT INTO "event" VALUES(28,'default','01a1ffc3a67c746dab5b97dce78accf0','endpoint.deployed','late/2','ann','2013-03-11T23:40:00.000000Z','{"endpoint":"late","reason":"released","revision":2}',28,'0eb3c1cf178cdbd78a1de571835de349a3c38a20f53b97cd0de7dc757395efe9');
INSERT INTO "event" VALUES(29,'default','01a1ffc3a6a2779595f733ab3c8dcca5','turn.settled','01a1ffc3a43f72e3a5ca48685fc3df26','ann','2013-03-11T23:40:00.000000Z','{"after":"late/2","before":"late/1","endpoint":"late","run_id":"01a1ffc3a4a871c8811707a36d453511","state":"promoted","verdict_id":"01a1ffc3a670721eb057e857a75413d7"}',29,'11c818d1860565fb800f0b85f3887192afd0482c1cdb47635fd1d4c3a6e5d6c7');
CREATE TABLE experiment (
	project_id VARCHAR(100) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, id), 
	UNIQUE (project_id, name)
);
INSERT INTO "experiment" VALUES('default','01a1ffc3907a774a8ca3fe171ba35111','lateness','2013-02-18T00:00:00.000000Z','ann');
CREATE TABLE follower (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (project_id, name)
);
INSERT INTO "follower" VALUES('default','loop/late',20);
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
INSERT INTO "gate_verdict" VALUES('default','01a1ffc3a1197499b94809841f244fa3','late','late','9acbf84ee117832894d0fd33feeeba23807b2763fb6cddcabdbab5b0eb5245a4','b55d65a8541abd23a9b173d98fc8dada47a2ca59b55da55c6f97e3a3cd9dabe1','01a1ffc3907977428bc41a0964250205',1,'{"passed": true, "checks": [{"rule": {"kind": "at_least", "metric": "auc", "limit": 0.55, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "auc", "value": 0.8024891774891775, "low": 0.6905856012441864, "high": 0.9143927537341685, "limit": 0.55, "passed": true, "sentence": "auc 0.802 (95 % 0.691 to 0.914) is at least 0.550", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "no_worse_than", "metric": "auc", "limit": 0.02, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}, "metric": "auc", "value": null, "low": null, "high": null, "limit": 0.02, "passed": true, "sentence": "there is no champion to compare auc with, so the rule holds", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "loads", "metric": "answers", "limit": 0.0, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "answers", "value": null, "low": null, "high": null, "limit": 0.0, "passed": true, "sentence": "the model loads in a process of its own and answers 32 example rows as here", "judged_on": null, "candidate": null, "champion": null}]}','2013-02-18T00:00:00.000000Z','ann');
INSERT INTO "gate_verdict" VALUES('default','01a1ffc3a670721eb057e857a75413d7','late','late','cba585a53d706e6d893eecd84cb3164e7991bf43a5d8dad074b9154a14deef9c','e25571e79ffe466be8b1b811452bf86a984e2e78ed3701ec46f985d3e8b0023d','01a1ffc3a4a871c8811707a36d453511',1,'{"passed": true, "checks": [{"rule": {"kind": "at_least", "metric": "auc", "limit": 0.55, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "auc", "value": 0.9087301587301587, "low": 0.8028652929780078, "high": 1.0, "limit": 0.55, "passed": true, "sentence": "auc 0.909 (95 % 0.803 to 1.000) is at least 0.550", "judged_on": null, "candidate": null, "champion": null}, {"rule": {"kind": "no_worse_than", "metric": "auc", "limit": 0.02, "on": "value", "column": "", "min_rows": 0, "against": "champion", "rows": "holdout", "window": ""}, "metric": "auc", "value": 0.4523809523809524, "low": 0.2510373939568479, "high": 0.6537245108050569, "limit": 0.02, "passed": true, "sentence": "auc 0.909 against 0.456 of the champion on 32 rows of the candidate''s holdout from 2013-03-09 to 2013-03-10, a difference of 0.452 (95 % 0.251 to 0.654): that is no loss of more than 0.020", "judged_on": {"kind": "holdout", "n": 32, "first_at": "2013-03-09T00:00:00.000000Z", "last_at": "2013-03-10T22:30:00.000000Z", "instead": ""}, "candidate": 0.9087301587301587, "champion": 0.45634920634920634}, {"rule": {"kind": "loads", "metric": "answers", "limit": 0.0, "on": "value", "column": "", "min_rows": 0, "against": "", "rows": "holdout", "window": ""}, "metric": "answers", "value": null, "low": null, "high": null, "limit": 0.0, "passed": true, "sentence": "the model loads in a process of its own and answers 32 example rows as here", "judged_on": null, "candidate": null, "champion": null}]}','2013-03-11T23:40:00.000000Z','ann');
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
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013.csv',57152,1795292368771345601,2163796,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','1e82f7e9c42c80eef9f6d21ce1f6b25770855ed435180cf9a96cd4731874106c','2696c5a0544852276ad859b9a617ef4aa3b9e4330565bef5a3232126711856b1',1500,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-01.csv',701,1795292373948568769,2163377,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','659b8d81bd3e56f61b828465833bcefd68e45d5f6d03d98b3534e3691a700ebf','60b1f1b4a27bfc1159805da73a12bed7907443958581540bd76db4c83177ed39',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-02.csv',692,1795292373957261260,2163409,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','b174f9b983969b2cb72546e8ca2cba37998165055eb6b81bc4e5c9a8ddc8da3c','f0f7a9d01f85f6aae9e297577c2469d70a465fe7d594e63ed5fd4ef3378bda74',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-03.csv',698,1795292373968974769,2163371,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','4b12bc3fe107ab34537d4adaccabaa9359763fd5e0101927b9209524156f059b','61e7366a1866554fb83e81bdf047ef5072a717dcdde051c9934ddde2d12926ef',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-04.csv',703,1795292373988379130,2163425,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','7599e12ed7eeab42ac9424f771ffa56140ed19faad9d65aeac090e975f67f5d6','5c862c233ffab36360906ca37bbd695a15dea06c02b2d4b6441714fb8de24362',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-05.csv',706,1795292374006699712,2163474,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','cbccab188ff66c831fcecb158b80e989f3008f09aec101ca3caf7bd126105e58','e2277213c1db980a3c40293fa3cb35d61bb094c8855958b31030c479e10adc40',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-06.csv',705,1795292374021548307,2163505,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','2bdcbc164872d6efceb8ada5846de530ccc56141475b29055439181828a1e0db','bf90022ac88766af494b672149f0b947e085d620f55eef5b01fb048a430af540',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-07.csv',706,1795292374032646551,2163523,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','0130df4bf194856229589e4e0f01aec721c8e0478684e73eb5c0bc65541f9417','5cf99f821f65b48a34001f4c0bf585d53fc77e9eddf9a2fa919e3f15f91b4421',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-08.csv',707,1795292374043208388,2163540,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','96f9ce6e0fb164032ab83966f40f90c54d2ea6a30ff0bd7865d33798cd23291d','6f38b49be688f932cbc29f8a652a491f6c72edc8f0ddd8e85a262620cbab04cc',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-09.csv',705,1795292374053425264,2163561,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','20c14ec8b3ab94c0c4c56230b054449a69fbf9b4436db6be7c32f9a4bf5e03b7','629754e272966176da92a5b4cdbd56477fdb990ba9b94f81c2fc035fcc441ce2',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
INSERT INTO "ingested_part" VALUES('default','parcels','/srv/parcels/data/2013-03-10.csv',705,1795292374063912651,2163578,'2d7b01baae82f669a830e20e34e901aec11e26a1272b5d0b224fcb510c11f511','6e84c4e915896961482b51dd79ef80cb686acdfd140dc7148cc60e83be886fca','b34964f8a9139d48f04661d08e0e41761c09ee358af7a735d0af474ce1f850c8',16,'[["parcel_id", "String", false], ["sent_at", "Datetime(time_unit=''us'', time_zone=''UTC'')", false], ["depot", "String", false], ["weight", "Float64", false], ["late", "Boolean", false]]');
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
INSERT INTO "job" VALUES('default','01a1ffc3a43f72e3a5ca48685fc3df27','pipeline_run','turn/late/2013-03-11T00:00:00.000000Z','{"pipeline": "lateness", "params": {}, "release": true, "use_cache": true, "role": "deployer", "tags": {"turn": "01a1ffc3a43f72e3a5ca48685fc3df26"}}','done','2026-11-21T20:19:34.080325Z',NULL,'vm:24540:20ede0',1,3,'{"run_id": "01a1ffc3a4a871c8811707a36d453511", "pipeline": "lateness", "n_steps": 5, "n_executed": 5, "seconds": 0.548, "releases": [{"endpoint": "late", "passed": true, "verdict": "passed: 3 of 3 checks hold", "verdict_id": "01a1ffc3a670721eb057e857a75413d7", "note": "", "version": "late/2", "revision": 2}]}',NULL,'2013-03-11T23:40:00.000000Z','ann','2013-03-11T23:40:00.000000Z');
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
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c49',1,'late',0.0,'2013-03-02T00:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c4a',1,'late',0.0,'2013-03-02T01:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c4b',1,'late',0.0,'2013-03-02T03:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c4c',1,'late',1.0,'2013-03-02T04:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c4d',1,'late',0.0,'2013-03-02T06:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c4e',1,'late',1.0,'2013-03-02T07:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c4f',1,'late',0.0,'2013-03-02T09:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c50',1,'late',0.0,'2013-03-02T10:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c51',1,'late',1.0,'2013-03-02T12:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c52',1,'late',0.0,'2013-03-02T13:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c53',1,'late',1.0,'2013-03-02T15:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c54',1,'late',0.0,'2013-03-02T16:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c55',1,'late',1.0,'2013-03-02T18:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c56',1,'late',0.0,'2013-03-02T19:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c57',1,'late',1.0,'2013-03-02T21:00:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d28539880720791d55f532f326c58',1,'late',0.0,'2013-03-02T22:30:00.000000Z','2013-03-03T00:00:00.000000Z','2013-03-01T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8b6',1,'late',0.0,'2013-03-03T00:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8b7',1,'late',0.0,'2013-03-03T01:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8b8',1,'late',1.0,'2013-03-03T03:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8b9',1,'late',1.0,'2013-03-03T04:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8ba',1,'late',1.0,'2013-03-03T06:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8bb',1,'late',1.0,'2013-03-03T07:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8bc',1,'late',1.0,'2013-03-03T09:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8bd',1,'late',0.0,'2013-03-03T10:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8be',1,'late',1.0,'2013-03-03T12:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8bf',1,'late',0.0,'2013-03-03T13:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8c0',1,'late',1.0,'2013-03-03T15:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8c1',1,'late',0.0,'2013-03-03T16:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8c2',1,'late',0.0,'2013-03-03T18:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8c3',1,'late',1.0,'2013-03-03T19:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8c4',1,'late',1.0,'2013-03-03T21:00:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d2d79f48077ac90a28224e05ad8c5',1,'late',1.0,'2013-03-03T22:30:00.000000Z','2013-03-04T00:00:00.000000Z','2013-03-02T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f59e',1,'late',0.0,'2013-03-04T00:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f59f',1,'late',0.0,'2013-03-04T01:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a0',1,'late',0.0,'2013-03-04T03:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a1',1,'late',1.0,'2013-03-04T04:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a2',1,'late',1.0,'2013-03-04T06:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a3',1,'late',0.0,'2013-03-04T07:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a4',1,'late',0.0,'2013-03-04T09:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a5',1,'late',0.0,'2013-03-04T10:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a6',1,'late',0.0,'2013-03-04T12:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a7',1,'late',0.0,'2013-03-04T13:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a8',1,'late',1.0,'2013-03-04T15:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5a9',1,'late',1.0,'2013-03-04T16:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5aa',1,'late',1.0,'2013-03-04T18:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5ab',1,'late',1.0,'2013-03-04T19:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5ac',1,'late',0.0,'2013-03-04T21:00:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d32a050807197893eed3da141f5ad',1,'late',0.0,'2013-03-04T22:30:00.000000Z','2013-03-05T00:00:00.000000Z','2013-03-03T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1ec',1,'late',1.0,'2013-03-05T00:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1ed',1,'late',0.0,'2013-03-05T01:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1ee',1,'late',0.0,'2013-03-05T03:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1ef',1,'late',1.0,'2013-03-05T04:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f0',1,'late',0.0,'2013-03-05T06:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f1',1,'late',0.0,'2013-03-05T07:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f2',1,'late',1.0,'2013-03-05T09:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f3',1,'late',0.0,'2013-03-05T10:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f4',1,'late',1.0,'2013-03-05T12:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f5',1,'late',1.0,'2013-03-05T13:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f6',1,'late',1.0,'2013-03-05T15:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f7',1,'late',0.0,'2013-03-05T16:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f8',1,'late',0.0,'2013-03-05T18:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1f9',1,'late',0.0,'2013-03-05T19:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1fa',1,'late',1.0,'2013-03-05T21:00:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d37c6ac807729bb134b55d523f1fb',1,'late',1.0,'2013-03-05T22:30:00.000000Z','2013-03-06T00:00:00.000000Z','2013-03-04T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a77fe',1,'late',0.0,'2013-03-06T00:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a77ff',1,'late',0.0,'2013-03-06T01:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7800',1,'late',1.0,'2013-03-06T03:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7801',1,'late',0.0,'2013-03-06T04:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7802',1,'late',0.0,'2013-03-06T06:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7803',1,'late',1.0,'2013-03-06T07:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7804',1,'late',0.0,'2013-03-06T09:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7805',1,'late',1.0,'2013-03-06T10:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7806',1,'late',0.0,'2013-03-06T12:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7807',1,'late',0.0,'2013-03-06T13:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7808',1,'late',1.0,'2013-03-06T15:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a7809',1,'late',0.0,'2013-03-06T16:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a780a',1,'late',0.0,'2013-03-06T18:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a780b',1,'late',1.0,'2013-03-06T19:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a780c',1,'late',0.0,'2013-03-06T21:00:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d3ced088070ad90d2bd7d5a5a780d',1,'late',1.0,'2013-03-06T22:30:00.000000Z','2013-03-07T00:00:00.000000Z','2013-03-05T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26babc',1,'late',0.0,'2013-03-07T00:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26babd',1,'late',1.0,'2013-03-07T01:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26babe',1,'late',1.0,'2013-03-07T03:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26babf',1,'late',0.0,'2013-03-07T04:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac0',1,'late',0.0,'2013-03-07T06:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac1',1,'late',0.0,'2013-03-07T07:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac2',1,'late',1.0,'2013-03-07T09:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac3',1,'late',1.0,'2013-03-07T10:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac4',1,'late',1.0,'2013-03-07T12:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac5',1,'late',0.0,'2013-03-07T13:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac6',1,'late',1.0,'2013-03-07T15:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac7',1,'late',0.0,'2013-03-07T16:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac8',1,'late',0.0,'2013-03-07T18:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bac9',1,'late',1.0,'2013-03-07T19:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26baca',1,'late',1.0,'2013-03-07T21:00:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d421364807773b4123108fb26bacb',1,'late',0.0,'2013-03-07T22:30:00.000000Z','2013-03-08T00:00:00.000000Z','2013-03-06T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc36',1,'late',0.0,'2013-03-08T00:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc37',1,'late',0.0,'2013-03-08T01:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc38',1,'late',0.0,'2013-03-08T03:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc39',1,'late',1.0,'2013-03-08T04:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3a',1,'late',1.0,'2013-03-08T06:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3b',1,'late',1.0,'2013-03-08T07:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3c',1,'late',0.0,'2013-03-08T09:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3d',1,'late',0.0,'2013-03-08T10:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3e',1,'late',1.0,'2013-03-08T12:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3f',1,'late',0.0,'2013-03-08T13:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc40',1,'late',0.0,'2013-03-08T15:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc41',1,'late',1.0,'2013-03-08T16:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc42',1,'late',1.0,'2013-03-08T18:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc43',1,'late',1.0,'2013-03-08T19:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc44',1,'late',0.0,'2013-03-08T21:00:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc45',1,'late',0.0,'2013-03-08T22:30:00.000000Z','2013-03-09T00:00:00.000000Z','2013-03-07T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b64499',1,'late',0.0,'2013-03-09T00:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b6449a',1,'late',0.0,'2013-03-09T01:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b6449b',1,'late',0.0,'2013-03-09T03:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b6449c',1,'late',1.0,'2013-03-09T04:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b6449d',1,'late',0.0,'2013-03-09T06:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b6449e',1,'late',0.0,'2013-03-09T07:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b6449f',1,'late',0.0,'2013-03-09T09:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a0',1,'late',0.0,'2013-03-09T10:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a1',1,'late',0.0,'2013-03-09T12:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a2',1,'late',1.0,'2013-03-09T13:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a3',1,'late',1.0,'2013-03-09T15:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a4',1,'late',1.0,'2013-03-09T16:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a5',1,'late',0.0,'2013-03-09T18:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a6',1,'late',0.0,'2013-03-09T19:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a7',1,'late',1.0,'2013-03-09T21:00:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d4c601c80769e8f87cd3b52b644a8',1,'late',0.0,'2013-03-09T22:30:00.000000Z','2013-03-10T00:00:00.000000Z','2013-03-08T22:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc264f',1,'late',0.0,'2013-03-10T00:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T00:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2650',1,'late',0.0,'2013-03-10T01:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T01:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2651',1,'late',1.0,'2013-03-10T03:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T03:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2652',1,'late',1.0,'2013-03-10T04:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T04:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2653',1,'late',0.0,'2013-03-10T06:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T06:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2654',1,'late',0.0,'2013-03-10T07:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T07:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2655',1,'late',1.0,'2013-03-10T09:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T09:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2656',1,'late',0.0,'2013-03-10T10:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T10:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2657',1,'late',0.0,'2013-03-10T12:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T12:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2658',1,'late',1.0,'2013-03-10T13:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T13:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc2659',1,'late',0.0,'2013-03-10T15:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T15:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc265a',1,'late',0.0,'2013-03-10T16:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T16:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc265b',1,'late',1.0,'2013-03-10T18:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T18:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc265c',1,'late',0.0,'2013-03-10T19:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T19:30:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc265d',1,'late',1.0,'2013-03-10T21:00:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T21:00:00.000000Z','ann');
INSERT INTO "label" VALUES('default','013d5186788073a186eb361916bc265e',1,'late',1.0,'2013-03-10T22:30:00.000000Z','2013-03-11T00:00:00.000000Z','2013-03-09T22:30:00.000000Z','ann');
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
INSERT INTO "loop_progress" VALUES('default','late','2013-03-11T23:40:00.000000Z','2013-03-11T22:30:00.000000Z','2013-03-12T00:00:00.000000Z',NULL,'');
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
INSERT INTO "loop_turn" VALUES('default','01a1ffc3a43f72e3a5ca48685fc3df26','late','2013-03-11T00:00:00.000000Z','drift','weight and 1 more drifted (psi 16.11) in 2013-03-04 to 2013-03-10','drift','2013-03-04T00:00:00.000000Z','2013-03-11T23:40:00.000000Z','ann','promoted','01a1ffc3a43f72e3a5ca48685fc3df27','late/1','late/2','01a1ffc3a4a871c8811707a36d453511','01a1ffc3a670721eb057e857a75413d7','passed: 3 of 3 checks hold',0.548,'2013-03-11T23:40:00.000000Z');
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
CREATE TABLE model (
	project_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	created_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, name)
);
INSERT INTO "model" VALUES('default','late','2013-02-18T00:00:00.000000Z','ann');
CREATE TABLE model_alias (
	project_id VARCHAR(100) NOT NULL, 
	model VARCHAR(100) NOT NULL, 
	alias VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	set_by VARCHAR(200) NOT NULL, 
	PRIMARY KEY (project_id, model, alias)
);
INSERT INTO "model_alias" VALUES('default','late','champion',2,'2013-03-11T23:40:00.000000Z','ann');
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
INSERT INTO "model_version" VALUES('default','late',1,'9acbf84ee117832894d0fd33feeeba23807b2763fb6cddcabdbab5b0eb5245a4','{"model.txt": "171fd1ad0c627162e4f2770f4a540fdd57a88fa8d556a3e1e055d26bb7d504c7", "signature.json": "57e295205e72cd5f0cb47f1ee5f71f3921747093d93dc8e936678297bd4d9bda", "parity.json": "c1eaf7f350dd7064e3f67ca07b515bcaa4daf950ca86fe2f49ddd56f72c8708a", "model.onnx": "4d4690012df171537fd2b07103d3996902f38807854a13998d7388e145fdd5bd", "reference.json": "27bed5cc0512d7728d93209b14ce238f9b3bb59ea442b0084cbb0032e532f575"}','b55d65a8541abd23a9b173d98fc8dada47a2ca59b55da55c6f97e3a3cd9dabe1','{"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": []}','01a1ffc3907977428bc41a0964250205','01a1ffc3a1197499b94809841f244fa3','2013-02-18T00:00:00.000000Z','ann');
INSERT INTO "model_version" VALUES('default','late',2,'cba585a53d706e6d893eecd84cb3164e7991bf43a5d8dad074b9154a14deef9c','{"model.txt": "2ad74bad651cb8d503896dae3bd34a800df1f87f1e243e064ab9e997a299699c", "signature.json": "57e295205e72cd5f0cb47f1ee5f71f3921747093d93dc8e936678297bd4d9bda", "parity.json": "f6cb040e25a7d097b872a45bb900c0fd6cb33b7eee4b8f81ad5a3529c36f3bbb", "model.onnx": "33f14e4dbe5d07dd66008cd8d6b5ea7e3459eed252cd62463d4b208e630d9270", "reference.json": "129bfbfff7a8742e72e5aea0ef3a85c9cbcc89f0d3fa6951985e11609451a9b6"}','e25571e79ffe466be8b1b811452bf86a984e2e78ed3701ec46f985d3e8b0023d','{"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": []}','01a1ffc3a4a871c8811707a36d453511','01a1ffc3a670721eb057e857a75413d7','2013-03-11T23:40:00.000000Z','ann');
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
INSERT INTO "monitoring_window" VALUES('default','late','drift','2013-02-25T00:00:00.000000Z','2013-03-04T00:00:00.000000Z','too few rows','late/1',48,32,'{"versions": {"late/1": 48}, "found": {"columns": [], "psi": 0.25, "min_columns": 1, "reason": "48 rows, and 100 are needed"}}','2013-03-04T22:30:00.000000Z','2013-03-04T23:40:00.000000Z',0);
INSERT INTO "monitoring_window" VALUES('default','late','performance','2013-02-25T00:00:00.000000Z','2013-03-04T00:00:00.000000Z','too few labels','late/1',48,48,'{"versions": {"late/1": 48}, "found": {"metric": "auc", "served": null, "never_retrained": null, "first_version": "late/1", "reference": {"value": 0.8024891774891775, "low": 0.6905856012441864, "high": 0.9143927537341685, "n": 61}, "mature": true, "reason": "48 of 48 rows have a label, and 100 are needed"}}','2013-03-05T22:30:00.000000Z','2013-03-05T23:40:00.000000Z',0);
INSERT INTO "monitoring_window" VALUES('default','late','drift','2013-03-04T00:00:00.000000Z','2013-03-11T00:00:00.000000Z','drifted','late/1',112,96,'{"versions": {"late/1": 112}, "found": {"columns": [{"column": "weight", "role": "input", "psi": 16.10580131445934, "limit": 0.30328163515948026, "usual": 0.06264718429381322, "ks": 1.0, "null_ratio": 0.0, "null_ratio_before": 0.0, "drifted": true}, {"column": "answer", "role": "answer", "psi": 5.744055223171093, "limit": 0.6461988408721032, "usual": null, "ks": 0.611328125, "null_ratio": 0.0, "null_ratio_before": 0.0, "drifted": true}, {"column": "depot", "role": "input", "psi": 0.02945206978429852, "limit": 0.25, "usual": 0.01805927266778656, "ks": null, "null_ratio": 0.0, "null_ratio_before": 0.0, "drifted": false}], "psi": 0.25, "min_columns": 1, "reason": ""}}','2013-03-11T22:30:00.000000Z','2013-03-11T23:40:00.000000Z',0);
CREATE TABLE prediction (
	project_id VARCHAR(100) NOT NULL, 
	prediction_id VARCHAR(32) NOT NULL, 
	endpoint VARCHAR(100) NOT NULL, 
	event_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, prediction_id)
)
 WITHOUT ROWID

;
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c49','late','2013-03-01T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c4a','late','2013-03-01T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c4b','late','2013-03-01T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c4c','late','2013-03-01T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c4d','late','2013-03-01T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c4e','late','2013-03-01T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c4f','late','2013-03-01T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c50','late','2013-03-01T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c51','late','2013-03-01T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c52','late','2013-03-01T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c53','late','2013-03-01T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c54','late','2013-03-01T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c55','late','2013-03-01T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c56','late','2013-03-01T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c57','late','2013-03-01T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d28539880720791d55f532f326c58','late','2013-03-01T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8b6','late','2013-03-02T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8b7','late','2013-03-02T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8b8','late','2013-03-02T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8b9','late','2013-03-02T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8ba','late','2013-03-02T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8bb','late','2013-03-02T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8bc','late','2013-03-02T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8bd','late','2013-03-02T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8be','late','2013-03-02T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8bf','late','2013-03-02T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8c0','late','2013-03-02T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8c1','late','2013-03-02T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8c2','late','2013-03-02T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8c3','late','2013-03-02T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8c4','late','2013-03-02T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d2d79f48077ac90a28224e05ad8c5','late','2013-03-02T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f59e','late','2013-03-03T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f59f','late','2013-03-03T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a0','late','2013-03-03T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a1','late','2013-03-03T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a2','late','2013-03-03T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a3','late','2013-03-03T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a4','late','2013-03-03T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a5','late','2013-03-03T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a6','late','2013-03-03T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a7','late','2013-03-03T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a8','late','2013-03-03T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5a9','late','2013-03-03T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5aa','late','2013-03-03T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5ab','late','2013-03-03T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5ac','late','2013-03-03T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d32a050807197893eed3da141f5ad','late','2013-03-03T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1ec','late','2013-03-04T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1ed','late','2013-03-04T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1ee','late','2013-03-04T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1ef','late','2013-03-04T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f0','late','2013-03-04T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f1','late','2013-03-04T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f2','late','2013-03-04T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f3','late','2013-03-04T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f4','late','2013-03-04T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f5','late','2013-03-04T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f6','late','2013-03-04T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f7','late','2013-03-04T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f8','late','2013-03-04T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1f9','late','2013-03-04T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1fa','late','2013-03-04T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d37c6ac807729bb134b55d523f1fb','late','2013-03-04T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a77fe','late','2013-03-05T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a77ff','late','2013-03-05T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7800','late','2013-03-05T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7801','late','2013-03-05T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7802','late','2013-03-05T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7803','late','2013-03-05T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7804','late','2013-03-05T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7805','late','2013-03-05T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7806','late','2013-03-05T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7807','late','2013-03-05T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7808','late','2013-03-05T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a7809','late','2013-03-05T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a780a','late','2013-03-05T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a780b','late','2013-03-05T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a780c','late','2013-03-05T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d3ced088070ad90d2bd7d5a5a780d','late','2013-03-05T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26babc','late','2013-03-06T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26babd','late','2013-03-06T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26babe','late','2013-03-06T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26babf','late','2013-03-06T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac0','late','2013-03-06T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac1','late','2013-03-06T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac2','late','2013-03-06T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac3','late','2013-03-06T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac4','late','2013-03-06T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac5','late','2013-03-06T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac6','late','2013-03-06T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac7','late','2013-03-06T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac8','late','2013-03-06T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bac9','late','2013-03-06T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26baca','late','2013-03-06T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d421364807773b4123108fb26bacb','late','2013-03-06T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc36','late','2013-03-07T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc37','late','2013-03-07T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc38','late','2013-03-07T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc39','late','2013-03-07T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3a','late','2013-03-07T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3b','late','2013-03-07T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3c','late','2013-03-07T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3d','late','2013-03-07T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3e','late','2013-03-07T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc3f','late','2013-03-07T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc40','late','2013-03-07T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc41','late','2013-03-07T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc42','late','2013-03-07T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc43','late','2013-03-07T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc44','late','2013-03-07T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4739c08070d38c8b3ef2a5b2dc45','late','2013-03-07T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b64499','late','2013-03-08T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b6449a','late','2013-03-08T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b6449b','late','2013-03-08T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b6449c','late','2013-03-08T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b6449d','late','2013-03-08T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b6449e','late','2013-03-08T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b6449f','late','2013-03-08T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a0','late','2013-03-08T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a1','late','2013-03-08T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a2','late','2013-03-08T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a3','late','2013-03-08T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a4','late','2013-03-08T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a5','late','2013-03-08T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a6','late','2013-03-08T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a7','late','2013-03-08T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d4c601c80769e8f87cd3b52b644a8','late','2013-03-08T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc264f','late','2013-03-09T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2650','late','2013-03-09T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2651','late','2013-03-09T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2652','late','2013-03-09T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2653','late','2013-03-09T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2654','late','2013-03-09T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2655','late','2013-03-09T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2656','late','2013-03-09T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2657','late','2013-03-09T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2658','late','2013-03-09T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc2659','late','2013-03-09T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc265a','late','2013-03-09T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc265b','late','2013-03-09T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc265c','late','2013-03-09T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc265d','late','2013-03-09T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5186788073a186eb361916bc265e','late','2013-03-09T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e1d','late','2013-03-10T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e1e','late','2013-03-10T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e1f','late','2013-03-10T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e20','late','2013-03-10T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e21','late','2013-03-10T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e22','late','2013-03-10T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e23','late','2013-03-10T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e24','late','2013-03-10T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e25','late','2013-03-10T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e26','late','2013-03-10T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e27','late','2013-03-10T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e28','late','2013-03-10T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e29','late','2013-03-10T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e2a','late','2013-03-10T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e2b','late','2013-03-10T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d56acd48074ce80915614d3cb8e2c','late','2013-03-10T22:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc09595f','late','2013-03-11T00:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095960','late','2013-03-11T01:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095961','late','2013-03-11T03:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095962','late','2013-03-11T04:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095963','late','2013-03-11T06:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095964','late','2013-03-11T07:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095965','late','2013-03-11T09:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095966','late','2013-03-11T10:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095967','late','2013-03-11T12:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095968','late','2013-03-11T13:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc095969','late','2013-03-11T15:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc09596a','late','2013-03-11T16:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc09596b','late','2013-03-11T18:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc09596c','late','2013-03-11T19:30:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc09596d','late','2013-03-11T21:00:00.000000Z');
INSERT INTO "prediction" VALUES('default','013d5bd3308075fbaf090bfbbc09596e','late','2013-03-11T22:30:00.000000Z');
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
INSERT INTO "prediction_part" VALUES('default','late','w1-01a1ffc3a30f7550a40e779765db9b1d-000001',0,16242,'',176,'2013-03-01T00:00:00.000000Z','2013-03-11T22:30:00.000000Z','2013-03-11T23:40:00.000000Z');
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
INSERT INTO "run" VALUES('default','01a1ffc3907977428bc41a0964250205','01a1ffc3907a774a8ca3fe171ba35111','lateness','finished','2013-02-18T00:00:00.000000Z','2013-02-18T00:00:00.000000Z','ann','854216874ef7e8a872008189c09920fe79483e86fb6454992b0623fc9fc7f128',NULL,NULL);
INSERT INTO "run" VALUES('default','01a1ffc3a4a871c8811707a36d453511','01a1ffc3907a774a8ca3fe171ba35111','lateness','finished','2013-03-11T23:40:00.000000Z','2013-03-11T23:40:00.000000Z','ann','854216874ef7e8a872008189c09920fe79483e86fb6454992b0623fc9fc7f128',NULL,NULL);
CREATE TABLE run_metric (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	step INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key", step)
);
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','auc',0,8.02489177489177474278e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','log_loss',0,5.20980717469655352225e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','brier',0,1.70852351435675897661e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','accuracy',0,7.70491803278688491829e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','precision',0,0.85,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','recall',0,6.07142857142857095276e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3907977428bc41a0964250205','base_rate',0,4.59016393442622960829e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','auc',0,9.08730158730158721347e-01,'2013-03-11T23:40:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','log_loss',0,4.27233358294928700082e-01,'2013-03-11T23:40:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','brier',0,1.2904159862828409877e-01,'2013-03-11T23:40:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','accuracy',0,0.875,'2013-03-11T23:40:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','precision',0,1.0,'2013-03-11T23:40:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','recall',0,7.14285714285714301574e-01,'2013-03-11T23:40:00.000000Z');
INSERT INTO "run_metric" VALUES('default','01a1ffc3a4a871c8811707a36d453511','base_rate',0,0.4375,'2013-03-11T23:40:00.000000Z');
CREATE TABLE run_param (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
INSERT INTO "run_param" VALUES('default','01a1ffc3907977428bc41a0964250205','n_trees','20');
INSERT INTO "run_param" VALUES('default','01a1ffc3a4a871c8811707a36d453511','n_trees','20');
CREATE TABLE run_tag (
	project_id VARCHAR(100) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (project_id, run_id, "key")
);
INSERT INTO "run_tag" VALUES('default','01a1ffc3a4a871c8811707a36d453511','turn','01a1ffc3a43f72e3a5ca48685fc3df26');
INSERT INTO "run_tag" VALUES('default','01a1ffc3a4a871c8811707a36d453511','job_id','01a1ffc3a43f72e3a5ca48685fc3df27');
CREATE TABLE step_result (
	project_id VARCHAR(100) NOT NULL, 
	cache_key VARCHAR(64) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	outputs JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (project_id, cache_key)
);
INSERT INTO "step_result" VALUES('default','85b3ae3652a494357577fa065f6418d4bb059d4ecdf739cec39688648b432091','01a1ffc3907977428bc41a0964250205','[{"name": "result", "codec": "training_set", "digest": "ba02f18e17cc5531f398473e90229362372f09b2e50b29230a7a1241785184c5", "manifest": {"blob": "77f3ad5f5af86e5938f471ffe91c08f7e3afdf72794c30e1ff58e76d668089fa", "content": "ba02f18e17cc5531f398473e90229362372f09b2e50b29230a7a1241785184c5"}, "summary": "1,500 rows x 2 inputs"}]',5.5436440015910193324e-03,'2013-02-18T00:00:00.000000Z');
INSERT INTO "step_result" VALUES('default','3b0bf46cde154f59f861be4a7f7f82904033c62e90be8b2b79cd001a5184b543','01a1ffc3907977428bc41a0964250205','[{"name": "fit", "codec": "training_set", "digest": "44908083d0de726757e69b4aee5babfab7c892a4f1edce8e9f119eef3d611de6", "manifest": {"blob": "c5a6008749fca6f4d9c558dac8cd97a88f78f83e5b91c50c89ddfaa675eb4891", "content": "44908083d0de726757e69b4aee5babfab7c892a4f1edce8e9f119eef3d611de6"}, "summary": "1,436 rows x 2 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "6d7f138b297bc8e33dc0e514f1018897817df66a784383ce543ed60d9c3e15af", "manifest": {"blob": "f818554ad7f3877e11c1521e7dfd3232129eea80e1be29c48bc75604403a65f7", "content": "6d7f138b297bc8e33dc0e514f1018897817df66a784383ce543ed60d9c3e15af"}, "summary": "64 rows x 2 inputs"}]',0.00583817099686712,'2013-02-18T00:00:00.000000Z');
INSERT INTO "step_result" VALUES('default','65d4648144ab016d372c96213ba4ff95a1296f52e44b65aa903c123d4d44681c','01a1ffc3907977428bc41a0964250205','[{"name": "result", "codec": "model", "digest": "8c9b433c62bf45b003c6fbe0873483b810a659e2cb6b93cfdefa08a0aeeab0e3", "manifest": {"format": "lightgbm", "files": {"model.txt": "171fd1ad0c627162e4f2770f4a540fdd57a88fa8d556a3e1e055d26bb7d504c7"}}, "summary": "LGBMClassifier"}]',3.61135946499416604638e+00,'2013-02-18T00:00:00.000000Z');
INSERT INTO "step_result" VALUES('default','c6126bb6e6f827bed0dce1663bbb4399305b385481d126e914e8debe644654dc','01a1ffc3907977428bc41a0964250205','[{"name": "result", "codec": "evaluation_report", "digest": "cc77656f91385685cbbf169e1673289f7e16c47c6557e3af05ff874985bfedf6", "manifest": {"blob": "b55d65a8541abd23a9b173d98fc8dada47a2ca59b55da55c6f97e3a3cd9dabe1"}, "summary": "auc 0.802 (95 % 0.691 to 0.914), log_loss 0.521 (95 % 0.415 to 0.627) on 61 rows"}]',1.69593789978534914553e-02,'2013-02-18T00:00:00.000000Z');
INSERT INTO "step_result" VALUES('default','3ae546a887845cb4c5e7af430c1a4a55aace9b5ec930d3cfe0a2f4e35f3b5006','01a1ffc3907977428bc41a0964250205','[{"name": "result", "codec": "candidate", "digest": "a43e5787d65975f5d4d490e27d6840d0a55b2106d113d4a6305f223ba87f6a8a", "manifest": {"package_digest": "9acbf84ee117832894d0fd33feeeba23807b2763fb6cddcabdbab5b0eb5245a4", "files": {"model.txt": "171fd1ad0c627162e4f2770f4a540fdd57a88fa8d556a3e1e055d26bb7d504c7", "signature.json": "57e295205e72cd5f0cb47f1ee5f71f3921747093d93dc8e936678297bd4d9bda", "parity.json": "c1eaf7f350dd7064e3f67ca07b515bcaa4daf950ca86fe2f49ddd56f72c8708a", "model.onnx": "4d4690012df171537fd2b07103d3996902f38807854a13998d7388e145fdd5bd", "reference.json": "27bed5cc0512d7728d93209b14ce238f9b3bb59ea442b0084cbb0032e532f575"}, "report": {"blob": "b55d65a8541abd23a9b173d98fc8dada47a2ca59b55da55c6f97e3a3cd9dabe1"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": []}, "holdout": {"blob": "f818554ad7f3877e11c1521e7dfd3232129eea80e1be29c48bc75604403a65f7"}}, "summary": "candidate 9acbf84ee117, 5 files, 33 KiB"}]',2.32231005000357981771e-01,'2013-02-18T00:00:00.000000Z');
INSERT INTO "step_result" VALUES('default','e25e15a7b40cbcca8735aaf88dd14daafd869f215b044d09baadcb5d3feeee4f','01a1ffc3a4a871c8811707a36d453511','[{"name": "result", "codec": "training_set", "digest": "16e803b2c2c960d264f1e7ec2bcf44685a35083cd8ea7a1883af7de7bb679de7", "manifest": {"blob": "7745ba406ed8789f259f004f863eeab75313deceb1c08d87e1cb04e4d9e4df04", "content": "16e803b2c2c960d264f1e7ec2bcf44685a35083cd8ea7a1883af7de7bb679de7"}, "summary": "1,660 rows x 2 inputs"}]',7.35432399960700422525e-03,'2013-03-11T23:40:00.000000Z');
INSERT INTO "step_result" VALUES('default','d7bb477d1b223fb9155b3e0e51f44b3f3741d3e7d5b1eb5c03859a5cfc8a0009','01a1ffc3a4a871c8811707a36d453511','[{"name": "fit", "codec": "training_set", "digest": "1eb526839a294539c46fd5cb024870ad13449e4e48722e799bfb7e7624dacf05", "manifest": {"blob": "2975679d2c0fd190a929db2a694f6a2978cf329f49a0ccbc7d61a08c104a2be6", "content": "1eb526839a294539c46fd5cb024870ad13449e4e48722e799bfb7e7624dacf05"}, "summary": "1,628 rows x 2 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "50c205d422058dd3bea2213426c0845daeb2bf27174c379da22167d5b8960520", "manifest": {"blob": "f41fc24e65ef77cd2e5991329424c5f23b0eeebc2ab8f3ec92951f3f441474b2", "content": "50c205d422058dd3bea2213426c0845daeb2bf27174c379da22167d5b8960520"}, "summary": "32 rows x 2 inputs"}]',6.3692309995531104505e-03,'2013-03-11T23:40:00.000000Z');
INSERT INTO "step_result" VALUES('default','f1a09cc813f35dbd52e8a1c88e64d1763645be3efa4aa6262d78010a7f5288a3','01a1ffc3a4a871c8811707a36d453511','[{"name": "result", "codec": "model", "digest": "3a27d8872905378b9bf5308855cb9c6c60735f9a5310087a78b73683a6f585e2", "manifest": {"format": "lightgbm", "files": {"model.txt": "2ad74bad651cb8d503896dae3bd34a800df1f87f1e243e064ab9e997a299699c"}}, "summary": "LGBMClassifier"}]',1.40509660050156526267e-02,'2013-03-11T23:40:00.000000Z');
INSERT INTO "step_result" VALUES('default','6dd440bad8327f04ace1ecc97115b221690f3b2845d41d4f27da143444a329f9','01a1ffc3a4a871c8811707a36d453511','[{"name": "result", "codec": "evaluation_report", "digest": "f5608e189ca7aeedce4aaccb7b5d01e5b1e0f4e5d16e9be2480d2df026b8644b", "manifest": {"blob": "e25571e79ffe466be8b1b811452bf86a984e2e78ed3701ec46f985d3e8b0023d"}, "summary": "auc 0.909 (95 % 0.803 to 1.000), log_loss 0.427 (95 % 0.311 to 0.543) on 32 rows"}]',1.61261870016460306942e-02,'2013-03-11T23:40:00.000000Z');
INSERT INTO "step_result" VALUES('default','e4d1e3f68c6ddb93a0c0719e1045a9eeb21282c3f42f973b134c4b026ed73279','01a1ffc3a4a871c8811707a36d453511','[{"name": "result", "codec": "candidate", "digest": "601eea554c150990ff0f542026f302d78c652f46c3329ae1a77cbe156e453c3f", "manifest": {"package_digest": "cba585a53d706e6d893eecd84cb3164e7991bf43a5d8dad074b9154a14deef9c", "files": {"model.txt": "2ad74bad651cb8d503896dae3bd34a800df1f87f1e243e064ab9e997a299699c", "signature.json": "57e295205e72cd5f0cb47f1ee5f71f3921747093d93dc8e936678297bd4d9bda", "parity.json": "f6cb040e25a7d097b872a45bb900c0fd6cb33b7eee4b8f81ad5a3529c36f3bbb", "model.onnx": "33f14e4dbe5d07dd66008cd8d6b5ea7e3459eed252cd62463d4b208e630d9270", "reference.json": "129bfbfff7a8742e72e5aea0ef3a85c9cbcc89f0d3fa6951985e11609451a9b6"}, "report": {"blob": "e25571e79ffe466be8b1b811452bf86a984e2e78ed3701ec46f985d3e8b0023d"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": []}, "holdout": {"blob": "f41fc24e65ef77cd2e5991329424c5f23b0eeebc2ab8f3ec92951f3f441474b2"}}, "summary": "candidate cba585a53d70, 5 files, 32 KiB"}]',3.85663830020348541438e-02,'2013-03-11T23:40:00.000000Z');
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
INSERT INTO "step_run" VALUES('default','01a1ffc3907977428bc41a0964250205',0,'training_set','executed','22fdb11b46ce1e640b357c49064060a9de1ea25ca722cd7df4944f06e6f53d45','85b3ae3652a494357577fa065f6418d4bb059d4ecdf739cec39688648b432091','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps._training_set": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.pipelines.dataset_steps._training_set.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps._training_set.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps._training_set", "input: source": "1fc20e422e7daa4f110f7fb69112aa783f1ecd16a54392a6f89e202f78946141", "input: columns": "fc6c0637a34cb79bfef89d3c3787d23c49526d148946a0fe93097cd7728046c5", "input: features": "2a5c44ea15cb1c79308a4f35b6f59bf3464501f9071c33790e480390609a8382", "input: label": "cbf2be50bd96e42557640e0b814885b419efe830f9785e7c23c6464479ea34b1"}','[{"parameter": "source", "reference": "parcels@1", "digest": "3bea665fd51d71aaaefb725d7f042e05bd3cc2bc21e7c636e84e9e7540e9d90f"}]','[{"name": "result", "codec": "training_set", "digest": "ba02f18e17cc5531f398473e90229362372f09b2e50b29230a7a1241785184c5", "manifest": {"blob": "77f3ad5f5af86e5938f471ffe91c08f7e3afdf72794c30e1ff58e76d668089fa", "content": "ba02f18e17cc5531f398473e90229362372f09b2e50b29230a7a1241785184c5"}, "summary": "1,500 rows x 2 inputs"}]',NULL,'it has not run before','2013-02-18T00:00:00.000000Z',5.5436440015910193324e-03);
INSERT INTO "step_run" VALUES('default','01a1ffc3907977428bc41a0964250205',1,'split_by_time','executed','705b709c1dbc6a53020b8c58d9653d6ae28c8afe82871e8efe120ebaa2007f6a','3b0bf46cde154f59f861be4a7f7f82904033c62e90be8b2b79cd001a5184b543','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps.split_by_time": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps.split_by_time", "input: rows": "2d6695a9392d73e8ddadb50b939453c3aa1219cacf2cfd020a8bd087f02489e6", "input: holdout": "7900f9c1939078aa47ec9711c38aacbc7b176630363a0b0e694eeb1b290f66eb"}','[{"parameter": "rows", "reference": "step 1 result", "digest": "ba02f18e17cc5531f398473e90229362372f09b2e50b29230a7a1241785184c5"}]','[{"name": "fit", "codec": "training_set", "digest": "44908083d0de726757e69b4aee5babfab7c892a4f1edce8e9f119eef3d611de6", "manifest": {"blob": "c5a6008749fca6f4d9c558dac8cd97a88f78f83e5b91c50c89ddfaa675eb4891", "content": "44908083d0de726757e69b4aee5babfab7c892a4f1edce8e9f119eef3d611de6"}, "summary": "1,436 rows x 2 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "6d7f138b297bc8e33dc0e514f1018897817df66a784383ce543ed60d9c3e15af", "manifest": {"blob": "f818554ad7f3877e11c1521e7dfd3232129eea80e1be29c48bc75604403a65f7", "content": "6d7f138b297bc8e33dc0e514f1018897817df66a784383ce543ed60d9c3e15af"}, "summary": "64 rows x 2 inputs"}]',NULL,'it has not run before','2013-02-18T00:00:00.000000Z',0.00583817099686712);
INSERT INTO "step_run" VALUES('default','01a1ffc3907977428bc41a0964250205',2,'train','executed','2b23e16f8ab1ea0b2452b6ba6348fe06850bcdf7ce7e8436896ded6b99f336a3','65d4648144ab016d372c96213ba4ff95a1296f52e44b65aa903c123d4d44681c','{"code: python": "3.11.7", "code: function parcels.train": "f60a146edcdd3c3d2b928a1ee0d8d9561407a8c76762959b02b35e0fc7e2961a", "code: distribution lightgbm": "4.7.0", "code: value function parcels.train.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function parcels.train.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function parcels.train", "input: rows": "7bc9a8027f98beb8cf239ecd7509b1e96f0396a8e5af241e8d598de2c8cb7c05", "input: n_trees": "cf9116cdd1b4096d5eba23e238aaafe227a141a7b02c244fe92fb3209c24aeef"}','[{"parameter": "rows", "reference": "step 2 fit", "digest": "44908083d0de726757e69b4aee5babfab7c892a4f1edce8e9f119eef3d611de6"}]','[{"name": "result", "codec": "model", "digest": "8c9b433c62bf45b003c6fbe0873483b810a659e2cb6b93cfdefa08a0aeeab0e3", "manifest": {"format": "lightgbm", "files": {"model.txt": "171fd1ad0c627162e4f2770f4a540fdd57a88fa8d556a3e1e055d26bb7d504c7"}}, "summary": "LGBMClassifier"}]',NULL,'it has not run before','2013-02-18T00:00:00.000000Z',3.61135946499416604638e+00);
INSERT INTO "step_run" VALUES('default','01a1ffc3907977428bc41a0964250205',3,'evaluate','executed','8af3ccc3f6de22178e4ea0046c809b3e508cd7b61584d1275fc36160380862f5','c6126bb6e6f827bed0dce1663bbb4399305b385481d126e914e8debe644654dc','{"code: python": "3.11.7", "code: function tidemill.evaluation.step.evaluate": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.evaluation.step.evaluate.__defaults__": "810e77b8dfc2f9fb218fafe12b42f644d1da08317a3a9a82279f510bcca186c9", "code: value function tidemill.evaluation.step.evaluate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.evaluation.step.evaluate", "input: model": "fe665ead625669c5ff06626c866ce916f66f6d0609ed13e1ef36c671cf0b3fc6", "input: rows": "653c277dc4a4b12e3c4777c3d6c8faee9a306196e32fa212902d9d5f06dac2d5", "input: slices": "35f9623db2fe1770691c6bca18b902f6090e5b5f1a1eb28ed229a50d4bf8c1d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "8c9b433c62bf45b003c6fbe0873483b810a659e2cb6b93cfdefa08a0aeeab0e3"}, {"parameter": "rows", "reference": "step 2 holdout", "digest": "6d7f138b297bc8e33dc0e514f1018897817df66a784383ce543ed60d9c3e15af"}]','[{"name": "result", "codec": "evaluation_report", "digest": "cc77656f91385685cbbf169e1673289f7e16c47c6557e3af05ff874985bfedf6", "manifest": {"blob": "b55d65a8541abd23a9b173d98fc8dada47a2ca59b55da55c6f97e3a3cd9dabe1"}, "summary": "auc 0.802 (95 % 0.691 to 0.914), log_loss 0.521 (95 % 0.415 to 0.627) on 61 rows"}]',NULL,'it has not run before','2013-02-18T00:00:00.000000Z',1.69593789978534914553e-02);
INSERT INTO "step_run" VALUES('default','01a1ffc3907977428bc41a0964250205',4,'candidate','executed','645c111e2a31d128eedb5eefe6a5ced1cad28bbc7effba71b7dcd4102dba0d7d','3ae546a887845cb4c5e7af430c1a4a55aace9b5ec930d3cfe0a2f4e35f3b5006','{"code: python": "3.11.7", "code: function tidemill.registry.candidate.candidate": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.registry.candidate.candidate.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.registry.candidate.candidate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.registry.candidate.candidate", "input: model": "fe665ead625669c5ff06626c866ce916f66f6d0609ed13e1ef36c671cf0b3fc6", "input: report": "41c1e3242939bcb9c643ccb521bba096792463af8d1c1d42e6a6ec2cecc27b62", "input: fit": "7bc9a8027f98beb8cf239ecd7509b1e96f0396a8e5af241e8d598de2c8cb7c05", "input: holdout": "653c277dc4a4b12e3c4777c3d6c8faee9a306196e32fa212902d9d5f06dac2d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "8c9b433c62bf45b003c6fbe0873483b810a659e2cb6b93cfdefa08a0aeeab0e3"}, {"parameter": "report", "reference": "step 4 result", "digest": "cc77656f91385685cbbf169e1673289f7e16c47c6557e3af05ff874985bfedf6"}, {"parameter": "fit", "reference": "step 2 fit", "digest": "44908083d0de726757e69b4aee5babfab7c892a4f1edce8e9f119eef3d611de6"}, {"parameter": "holdout", "reference": "step 2 holdout", "digest": "6d7f138b297bc8e33dc0e514f1018897817df66a784383ce543ed60d9c3e15af"}]','[{"name": "result", "codec": "candidate", "digest": "a43e5787d65975f5d4d490e27d6840d0a55b2106d113d4a6305f223ba87f6a8a", "manifest": {"package_digest": "9acbf84ee117832894d0fd33feeeba23807b2763fb6cddcabdbab5b0eb5245a4", "files": {"model.txt": "171fd1ad0c627162e4f2770f4a540fdd57a88fa8d556a3e1e055d26bb7d504c7", "signature.json": "57e295205e72cd5f0cb47f1ee5f71f3921747093d93dc8e936678297bd4d9bda", "parity.json": "c1eaf7f350dd7064e3f67ca07b515bcaa4daf950ca86fe2f49ddd56f72c8708a", "model.onnx": "4d4690012df171537fd2b07103d3996902f38807854a13998d7388e145fdd5bd", "reference.json": "27bed5cc0512d7728d93209b14ce238f9b3bb59ea442b0084cbb0032e532f575"}, "report": {"blob": "b55d65a8541abd23a9b173d98fc8dada47a2ca59b55da55c6f97e3a3cd9dabe1"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": []}, "holdout": {"blob": "f818554ad7f3877e11c1521e7dfd3232129eea80e1be29c48bc75604403a65f7"}}, "summary": "candidate 9acbf84ee117, 5 files, 33 KiB"}]',NULL,'it has not run before','2013-02-18T00:00:00.000000Z',2.32231005000357981771e-01);
INSERT INTO "step_run" VALUES('default','01a1ffc3a4a871c8811707a36d453511',0,'training_set','executed','22fdb11b46ce1e640b357c49064060a9de1ea25ca722cd7df4944f06e6f53d45','e25e15a7b40cbcca8735aaf88dd14daafd869f215b044d09baadcb5d3feeee4f','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps._training_set": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.pipelines.dataset_steps._training_set.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps._training_set.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps._training_set", "input: source": "11eb9a6e1d949e88c2e40a7b4b3b715bc00621445278c01d4659361939289d55", "input: columns": "fc6c0637a34cb79bfef89d3c3787d23c49526d148946a0fe93097cd7728046c5", "input: features": "2a5c44ea15cb1c79308a4f35b6f59bf3464501f9071c33790e480390609a8382", "input: label": "cbf2be50bd96e42557640e0b814885b419efe830f9785e7c23c6464479ea34b1"}','[{"parameter": "source", "reference": "parcels@2", "digest": "bc5fdcf7c8ba475aa7485da44da24ea7147a3f92112b2cec278724e928faa7e9"}]','[{"name": "result", "codec": "training_set", "digest": "16e803b2c2c960d264f1e7ec2bcf44685a35083cd8ea7a1883af7de7bb679de7", "manifest": {"blob": "7745ba406ed8789f259f004f863eeab75313deceb1c08d87e1cb04e4d9e4df04", "content": "16e803b2c2c960d264f1e7ec2bcf44685a35083cd8ea7a1883af7de7bb679de7"}, "summary": "1,660 rows x 2 inputs"}]',NULL,'changed: input: source','2013-03-11T23:40:00.000000Z',7.35432399960700422525e-03);
INSERT INTO "step_run" VALUES('default','01a1ffc3a4a871c8811707a36d453511',1,'split_by_time','executed','705b709c1dbc6a53020b8c58d9653d6ae28c8afe82871e8efe120ebaa2007f6a','d7bb477d1b223fb9155b3e0e51f44b3f3741d3e7d5b1eb5c03859a5cfc8a0009','{"code: python": "3.11.7", "code: function tidemill.pipelines.dataset_steps.split_by_time": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.pipelines.dataset_steps.split_by_time.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.pipelines.dataset_steps.split_by_time", "input: rows": "52ae4a6e0322aa949e4e5648bfbe13f8bada6695642ad7dca08e62a53a2c472d", "input: holdout": "7900f9c1939078aa47ec9711c38aacbc7b176630363a0b0e694eeb1b290f66eb"}','[{"parameter": "rows", "reference": "step 1 result", "digest": "16e803b2c2c960d264f1e7ec2bcf44685a35083cd8ea7a1883af7de7bb679de7"}]','[{"name": "fit", "codec": "training_set", "digest": "1eb526839a294539c46fd5cb024870ad13449e4e48722e799bfb7e7624dacf05", "manifest": {"blob": "2975679d2c0fd190a929db2a694f6a2978cf329f49a0ccbc7d61a08c104a2be6", "content": "1eb526839a294539c46fd5cb024870ad13449e4e48722e799bfb7e7624dacf05"}, "summary": "1,628 rows x 2 inputs"}, {"name": "holdout", "codec": "training_set", "digest": "50c205d422058dd3bea2213426c0845daeb2bf27174c379da22167d5b8960520", "manifest": {"blob": "f41fc24e65ef77cd2e5991329424c5f23b0eeebc2ab8f3ec92951f3f441474b2", "content": "50c205d422058dd3bea2213426c0845daeb2bf27174c379da22167d5b8960520"}, "summary": "32 rows x 2 inputs"}]',NULL,'changed: input: rows','2013-03-11T23:40:00.000000Z',6.3692309995531104505e-03);
INSERT INTO "step_run" VALUES('default','01a1ffc3a4a871c8811707a36d453511',2,'train','executed','2b23e16f8ab1ea0b2452b6ba6348fe06850bcdf7ce7e8436896ded6b99f336a3','f1a09cc813f35dbd52e8a1c88e64d1763645be3efa4aa6262d78010a7f5288a3','{"code: python": "3.11.7", "code: function parcels.train": "f60a146edcdd3c3d2b928a1ee0d8d9561407a8c76762959b02b35e0fc7e2961a", "code: distribution lightgbm": "4.7.0", "code: value function parcels.train.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function parcels.train.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function parcels.train", "input: rows": "c9cc103114b92007b715f8513abe49986a6f86ed7b4e6a272b47d066590f4844", "input: n_trees": "cf9116cdd1b4096d5eba23e238aaafe227a141a7b02c244fe92fb3209c24aeef"}','[{"parameter": "rows", "reference": "step 2 fit", "digest": "1eb526839a294539c46fd5cb024870ad13449e4e48722e799bfb7e7624dacf05"}]','[{"name": "result", "codec": "model", "digest": "3a27d8872905378b9bf5308855cb9c6c60735f9a5310087a78b73683a6f585e2", "manifest": {"format": "lightgbm", "files": {"model.txt": "2ad74bad651cb8d503896dae3bd34a800df1f87f1e243e064ab9e997a299699c"}}, "summary": "LGBMClassifier"}]',NULL,'changed: input: rows','2013-03-11T23:40:00.000000Z',1.40509660050156526267e-02);
INSERT INTO "step_run" VALUES('default','01a1ffc3a4a871c8811707a36d453511',3,'evaluate','executed','8af3ccc3f6de22178e4ea0046c809b3e508cd7b61584d1275fc36160380862f5','6dd440bad8327f04ace1ecc97115b221690f3b2845d41d4f27da143444a329f9','{"code: python": "3.11.7", "code: function tidemill.evaluation.step.evaluate": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.evaluation.step.evaluate.__defaults__": "810e77b8dfc2f9fb218fafe12b42f644d1da08317a3a9a82279f510bcca186c9", "code: value function tidemill.evaluation.step.evaluate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.evaluation.step.evaluate", "input: model": "ce60ed404e3955be9ee3791a4d9eb6b536a23f36879ee4164ee1b5878e4fce7e", "input: rows": "d353ddea9f682f4a3e4f5829758a871259cd5df9c41d4af0da983a0024117369", "input: slices": "35f9623db2fe1770691c6bca18b902f6090e5b5f1a1eb28ed229a50d4bf8c1d5"}','[{"parameter": "model", "reference": "step 3 result", "digest": "3a27d8872905378b9bf5308855cb9c6c60735f9a5310087a78b73683a6f585e2"}, {"parameter": "rows", "reference": "step 2 holdout", "digest": "50c205d422058dd3bea2213426c0845daeb2bf27174c379da22167d5b8960520"}]','[{"name": "result", "codec": "evaluation_report", "digest": "f5608e189ca7aeedce4aaccb7b5d01e5b1e0f4e5d16e9be2480d2df026b8644b", "manifest": {"blob": "e25571e79ffe466be8b1b811452bf86a984e2e78ed3701ec46f985d3e8b0023d"}, "summary": "auc 0.909 (95 % 0.803 to 1.000), log_loss 0.427 (95 % 0.311 to 0.543) on 32 rows"}]',NULL,'changed: input: model, input: rows','2013-03-11T23:40:00.000000Z',1.61261870016460306942e-02);
INSERT INTO "step_run" VALUES('default','01a1ffc3a4a871c8811707a36d453511',4,'candidate','executed','645c111e2a31d128eedb5eefe6a5ced1cad28bbc7effba71b7dcd4102dba0d7d','e4d1e3f68c6ddb93a0c0719e1045a9eeb21282c3f42f973b134c4b026ed73279','{"code: python": "3.11.7", "code: function tidemill.registry.candidate.candidate": "", "code: tidemill": "8161199cbedda7608de1c444d2f587c2557417558cb167adf89a50d07d5e98e0", "code: value function tidemill.registry.candidate.candidate.__defaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value function tidemill.registry.candidate.candidate.__kwdefaults__": "e3a77649843a672ef1f59323a2c67580757ff6affafaf3b44b35cc4e5c908847", "code: value itself": "function tidemill.registry.candidate.candidate", "input: model": "ce60ed404e3955be9ee3791a4d9eb6b536a23f36879ee4164ee1b5878e4fce7e", "input: report": "8068ef28eee6b564156fe15986a47aa4770c0054306540c9b89a2bf6d3d5ac5a", "input: fit": "c9cc103114b92007b715f8513abe49986a6f86ed7b4e6a272b47d066590f4844", "input: holdout": "d353ddea9f682f4a3e4f5829758a871259cd5df9c41d4af0da983a0024117369"}','[{"parameter": "model", "reference": "step 3 result", "digest": "3a27d8872905378b9bf5308855cb9c6c60735f9a5310087a78b73683a6f585e2"}, {"parameter": "report", "reference": "step 4 result", "digest": "f5608e189ca7aeedce4aaccb7b5d01e5b1e0f4e5d16e9be2480d2df026b8644b"}, {"parameter": "fit", "reference": "step 2 fit", "digest": "1eb526839a294539c46fd5cb024870ad13449e4e48722e799bfb7e7624dacf05"}, {"parameter": "holdout", "reference": "step 2 holdout", "digest": "50c205d422058dd3bea2213426c0845daeb2bf27174c379da22167d5b8960520"}]','[{"name": "result", "codec": "candidate", "digest": "601eea554c150990ff0f542026f302d78c652f46c3329ae1a77cbe156e453c3f", "manifest": {"package_digest": "cba585a53d706e6d893eecd84cb3164e7991bf43a5d8dad074b9154a14deef9c", "files": {"model.txt": "2ad74bad651cb8d503896dae3bd34a800df1f87f1e243e064ab9e997a299699c", "signature.json": "57e295205e72cd5f0cb47f1ee5f71f3921747093d93dc8e936678297bd4d9bda", "parity.json": "f6cb040e25a7d097b872a45bb900c0fd6cb33b7eee4b8f81ad5a3529c36f3bbb", "model.onnx": "33f14e4dbe5d07dd66008cd8d6b5ea7e3459eed252cd62463d4b208e630d9270", "reference.json": "129bfbfff7a8742e72e5aea0ef3a85c9cbcc89f0d3fa6951985e11609451a9b6"}, "report": {"blob": "e25571e79ffe466be8b1b811452bf86a984e2e78ed3701ec46f985d3e8b0023d"}, "serving": {"request": [{"name": "depot", "type": "string", "nullable": false}, {"name": "weight", "type": "number", "nullable": true}], "event_time": "sent_at", "key": "parcel_id", "views": []}, "holdout": {"blob": "f41fc24e65ef77cd2e5991329424c5f23b0eeebc2ab8f3ec92951f3f441474b2"}}, "summary": "candidate cba585a53d70, 5 files, 32 KiB"}]',NULL,'changed: input: fit, input: holdout, input: model and 1 more','2013-03-11T23:40:00.000000Z',3.85663830020348541438e-02);
CREATE TABLE tidemill_migration (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "tidemill_migration" VALUES('0002');
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
CREATE INDEX token_by_digest ON token (digest);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',29);
COMMIT;

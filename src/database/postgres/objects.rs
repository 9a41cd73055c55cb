//! The schema objects of a database, each with one text that says everything that makes it what it is.
//!
//! With the search path empty but for the catalog, so that every name in a definition is a full one. Left out are counters
//! (a sequence's value), numbers that the server gave, the system's own objects and those of extensions. Large objects
//! are here, each with a digest of its bytes: no table shows them, and rows name them by their number.
//!
//! Where versions have different columns, a definition is made of whichever there are (`to_jsonb`). Must stay true: what
//! is read here lies in the catalogs that `signal` watches.

/// Kind, name for people, definition; names in `public` are not qualified.
pub(super) const OBJECTS: &str = r"
WITH spaces AS (
    SELECT oid, CASE WHEN nspname = 'public' THEN '' WHEN nspname ~ '\.' THEN quote_ident(nspname) || '.'
                     ELSE nspname || '.' END AS prefix
      FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), owned AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relations AS (
    SELECT c.*, s.prefix || CASE WHEN c.relname ~ '\.' THEN quote_ident(c.relname) ELSE c.relname END AS name,
           concat_ws(' ', c.relpersistence, c.reloptions::text, c.relacl::text, pg_get_userbyid(c.relowner),
                     (SELECT spcname FROM pg_tablespace t WHERE t.oid = c.reltablespace),
                     obj_description(c.oid, 'pg_class')) AS around
      FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
     WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid)
), columns AS (
    SELECT a.attrelid, string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'NOT NULL' END, a.attidentity, a.attgenerated, a.attstorage,
               a.attcompression, a.attacl::text, a.attoptions::text, a.attstattarget,
               CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
               pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)),
               E',\n' ORDER BY a.attnum) AS text
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped
     GROUP BY a.attrelid
)
SELECT CASE r.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END, r.name,
       concat_ws(E'\n', c.text, r.around, pg_get_partkeydef(r.oid), pg_get_expr(r.relpartbound, r.oid),
                 r.relrowsecurity, r.relforcerowsecurity, r.relreplident,
                 (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_inherits i
                   WHERE i.inhrelid = r.oid),
                 (SELECT concat_ws(' ', s.srvname, f.ftoptions::text) FROM pg_foreign_table f
                    JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid))
  FROM relations r LEFT JOIN columns c ON c.attrelid = r.oid WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, r.name,
       concat_ws(E'\n', c.text, r.around, r.relispopulated, pg_get_viewdef(r.oid))
  FROM relations r LEFT JOIN columns c ON c.attrelid = r.oid WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT 'sequence', r.name,
       concat_ws(' ', r.around, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
                 s.seqcache, s.seqcycle,
                 (SELECT string_agg(concat(d.refobjid::regclass, '.', d.refobjsubid), ',') FROM pg_depend d
                   WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')
                     AND d.refclassid = 'pg_class'::regclass))
  FROM relations r JOIN pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT 'index', r.name,
       concat_ws(' ', r.around, pg_get_indexdef(r.oid), i.indisvalid, i.indisclustered, i.indisreplident)
  FROM relations r JOIN pg_index i ON i.indexrelid = r.oid
 WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'constraint', k.conname || ' on ' || r.name,
       concat_ws(' ', pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'))
  FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid WHERE k.contype <> 'n'
UNION ALL
SELECT 'trigger', t.tgname || ' on ' || r.name,
       concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid), obj_description(t.oid, 'pg_trigger'))
  FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule', w.rulename || ' on ' || r.name, concat_ws(' ', w.ev_enabled, pg_get_ruledef(w.oid))
  FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', p.polname || ' on ' || r.name,
       concat_ws(' ', p.polcmd, p.polpermissive,
                 (SELECT string_agg(COALESCE(u.rolname, 'public'), ',' ORDER BY u.rolname) FROM unnest(p.polroles) AS o (id)
                    LEFT JOIN pg_authid u ON u.oid = o.id),
                 pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
UNION ALL
SELECT 'statistics', s.prefix || x.stxname,
       concat_ws(' ', pg_get_statisticsobjdef(x.oid), pg_get_userbyid(x.stxowner), x.stxstattarget)
  FROM pg_statistic_ext x JOIN spaces s ON s.oid = x.stxnamespace
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
       s.prefix || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       concat_ws(' ', p.proacl::text, pg_get_userbyid(p.proowner), obj_description(p.oid, 'pg_proc'),
                 CASE p.prokind WHEN 'a' THEN (
                     SELECT concat_ws(' ', pg_get_function_result(p.oid), a.aggkind, a.aggtransfn, a.aggfinalfn,
                                      a.aggcombinefn, format_type(a.aggtranstype, NULL), a.agginitval, a.aggsortop::regoperator)
                       FROM pg_aggregate a WHERE a.aggfnoid = p.oid)
                 ELSE pg_get_functiondef(p.oid) END)
  FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid)
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, s.prefix || t.typname,
       concat_ws(E'\n', t.typtype, t.typacl::text, pg_get_userbyid(t.typowner), obj_description(t.oid, 'pg_type'), c.text,
                 (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum e
                   WHERE e.enumtypid = t.oid),
                 CASE t.typtype WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), t.typnotnull,
                                                        t.typdefault, t.typcollation::regcollation) END,
                 (SELECT string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid)), ',' ORDER BY k.conname)
                    FROM pg_constraint k WHERE k.contypid = t.oid),
                 (SELECT concat_ws(' ', format_type(g.rngsubtype, NULL), g.rngcollation::regcollation, g.rngsubopc,
                                   g.rngcanonical, g.rngsubdiff) FROM pg_range g WHERE g.rngtypid = t.oid))
  FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace
  LEFT JOIN pg_class o ON o.oid = t.typrelid LEFT JOIN columns c ON c.attrelid = t.typrelid
 WHERE (t.typtype IN ('d', 'e', 'r') OR o.relkind = 'c')
   AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_type'::regclass AND o.objid = t.oid)
UNION ALL
SELECT 'operator', s.prefix || o.oprname || ' ' || o.oid::regoperator::text,
       concat_ws(' ', o.oprcode, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprcanmerge, o.oprcanhash,
                 o.oprrest, o.oprjoin, pg_get_userbyid(o.oprowner))
  FROM pg_operator o JOIN spaces s ON s.oid = o.oprnamespace
 WHERE NOT EXISTS (SELECT FROM owned w WHERE w.classid = 'pg_operator'::regclass AND w.objid = o.oid)
UNION ALL
SELECT 'collation', s.prefix || c.collname,
       concat_ws(' ', pg_get_userbyid(c.collowner), to_jsonb(c) - ARRAY['oid', 'collnamespace', 'collowner'])
  FROM pg_collation c JOIN spaces s ON s.oid = c.collnamespace
UNION ALL
SELECT 'schema', n.nspname, concat_ws(' ', n.nspacl::text, pg_get_userbyid(n.nspowner), obj_description(n.oid, 'pg_namespace'))
  FROM pg_namespace n JOIN spaces s ON s.oid = n.oid
UNION ALL
SELECT 'extension', e.extname, concat_ws(' ', e.extversion, e.extnamespace::regnamespace, obj_description(e.oid, 'pg_extension'))
  FROM pg_extension e
UNION ALL
SELECT 'event trigger', e.evtname, concat_ws(' ', e.evtevent, e.evtenabled, e.evtfoid::regprocedure, e.evttags::text)
  FROM pg_event_trigger e
UNION ALL
SELECT 'role', u.rolname,
       concat_ws(' ', u.rolsuper, u.rolinherit, u.rolcreaterole, u.rolcreatedb, u.rolcanlogin, u.rolreplication,
                 u.rolbypassrls, u.rolconnlimit, u.rolvaliduntil, u.rolpassword, shobj_description(u.oid, 'pg_authid'),
                 (SELECT string_agg(concat_ws(' ', pg_get_userbyid(m.roleid), m.admin_option), ',' ORDER BY 1)
                    FROM pg_auth_members m WHERE m.member = u.oid))
  FROM pg_authid u WHERE u.rolname !~ '^pg_'
UNION ALL
SELECT 'setting', concat_ws(' of ', NULLIF(concat('database ', d.datname), 'database '), NULLIF(pg_get_userbyid(s.setrole), 'unknown (OID=0)')),
       s.setconfig::text
  FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
UNION ALL
SELECT 'default privileges', concat_ws(' ', pg_get_userbyid(a.defaclrole), (SELECT nspname FROM pg_namespace n WHERE n.oid = a.defaclnamespace), a.defaclobjtype),
       a.defaclacl::text
  FROM pg_default_acl a
UNION ALL
SELECT 'database', d.datname,
       concat_ws(' ', d.datacl::text, pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,
                 d.datistemplate, d.datallowconn, d.datconnlimit,
                 (SELECT spcname FROM pg_tablespace p WHERE p.oid = d.dattablespace), shobj_description(d.oid, 'pg_database'))
  FROM pg_database d
UNION ALL
SELECT 'tablespace', p.spcname,
       concat_ws(' ', p.spcacl::text, pg_get_userbyid(p.spcowner), p.spcoptions::text, pg_tablespace_location(p.oid),
                 shobj_description(p.oid, 'pg_tablespace'))
  FROM pg_tablespace p WHERE p.spcname !~ '^pg_'
UNION ALL
SELECT 'large object', l.oid::text,
       concat_ws(' ', l.lomacl::text, pg_get_userbyid(l.lomowner), md5(lo_get(l.oid)))
  FROM pg_largeobject_metadata l
UNION ALL
SELECT 'publication', p.pubname,
       concat_ws(' ', pg_get_userbyid(p.pubowner), to_jsonb(p) - ARRAY['oid', 'pubowner'],
                 (SELECT string_agg(concat_ws(' ', pg_describe_object(d.classid, d.objid, d.objsubid),
                                              to_jsonb(r) - ARRAY['oid', 'prpubid', 'prrelid']), E'\n' ORDER BY 1)
                    FROM pg_depend d LEFT JOIN pg_publication_rel r
                      ON d.classid = 'pg_publication_rel'::regclass AND r.oid = d.objid
                   WHERE d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid))
  FROM pg_publication p
UNION ALL
SELECT 'subscription', u.subname,
       concat_ws(' ', pg_get_userbyid(u.subowner), to_jsonb(u) - ARRAY['oid', 'subdbid', 'subowner', 'subskiplsn'])
  FROM pg_subscription u JOIN pg_database d ON d.oid = u.subdbid WHERE d.datname = current_database()
UNION ALL
SELECT 'foreign data wrapper', w.fdwname,
       concat_ws(' ', w.fdwacl::text, pg_get_userbyid(w.fdwowner), w.fdwhandler::regproc, w.fdwvalidator::regproc,
                 w.fdwoptions::text)
  FROM pg_foreign_data_wrapper w
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_foreign_data_wrapper'::regclass AND o.objid = w.oid)
UNION ALL
SELECT 'server', v.srvname,
       concat_ws(' ', v.srvacl::text, pg_get_userbyid(v.srvowner), w.fdwname, v.srvtype, v.srvversion, v.srvoptions::text)
  FROM pg_foreign_server v JOIN pg_foreign_data_wrapper w ON w.oid = v.srvfdw
UNION ALL
SELECT 'user mapping', concat_ws(' on ', m.usename, m.srvname), m.umoptions::text FROM pg_user_mappings m
UNION ALL
SELECT 'cast', format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL),
       concat_ws(' ', c.castfunc::regprocedure, c.castcontext, c.castmethod)
  FROM pg_cast c
 WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_cast'::regclass AND o.objid = c.oid)
UNION ALL
SELECT 'transform', format_type(f.trftype, NULL) || ' for ' || l.lanname, concat_ws(' ', f.trffromsql, f.trftosql)
  FROM pg_transform f JOIN pg_language l ON l.oid = f.trflang
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_transform'::regclass AND o.objid = f.oid)
UNION ALL
SELECT 'language', l.lanname,
       concat_ws(' ', l.lanacl::text, pg_get_userbyid(l.lanowner), l.lanpltrusted, l.lanplcallfoid::regproc,
                 l.laninline::regproc, l.lanvalidator::regproc)
  FROM pg_language l
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_language'::regclass AND o.objid = l.oid)
UNION ALL
SELECT 'access method', a.amname, concat_ws(' ', a.amtype, a.amhandler)
  FROM pg_am a
 WHERE a.oid >= 16384 AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_am'::regclass AND o.objid = a.oid)
UNION ALL
SELECT 'operator class', s.prefix || c.opcname || ' for ' || a.amname,
       concat_ws(' ', pg_get_userbyid(c.opcowner), f.opfname, format_type(c.opcintype, NULL),
                 NULLIF(c.opckeytype, 0)::regtype, c.opcdefault)
  FROM pg_opclass c JOIN spaces s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod
  JOIN pg_opfamily f ON f.oid = c.opcfamily
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_opclass'::regclass AND o.objid = c.oid)
UNION ALL
SELECT 'operator family', s.prefix || f.opfname || ' for ' || a.amname,
       concat_ws(' ', pg_get_userbyid(f.opfowner),
                 (SELECT string_agg(concat_ws(' ', o.amopopr::regoperator, o.amopstrategy, o.amoppurpose), ',' ORDER BY 1)
                    FROM pg_amop o WHERE o.amopfamily = f.oid),
                 (SELECT string_agg(concat_ws(' ', p.amproc::regprocedure, p.amprocnum, p.amproclefttype::regtype,
                                              p.amprocrighttype::regtype), ',' ORDER BY 1)
                    FROM pg_amproc p WHERE p.amprocfamily = f.oid))
  FROM pg_opfamily f JOIN spaces s ON s.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_opfamily'::regclass AND o.objid = f.oid)
UNION ALL
SELECT 'conversion', s.prefix || c.conname,
       concat_ws(' ', pg_get_userbyid(c.conowner), to_jsonb(c) - ARRAY['oid', 'connamespace', 'conowner'])
  FROM pg_conversion c JOIN spaces s ON s.oid = c.connamespace
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_conversion'::regclass AND o.objid = c.oid)
UNION ALL
SELECT 'text search configuration', s.prefix || c.cfgname,
       concat_ws(' ', pg_get_userbyid(c.cfgowner), (SELECT prsname FROM pg_ts_parser p WHERE p.oid = c.cfgparser),
                 (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ','
                                    ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = c.oid))
  FROM pg_ts_config c JOIN spaces s ON s.oid = c.cfgnamespace
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_ts_config'::regclass AND o.objid = c.oid)
UNION ALL
SELECT 'text search dictionary', s.prefix || d.dictname,
       concat_ws(' ', pg_get_userbyid(d.dictowner), (SELECT tmplname FROM pg_ts_template t WHERE t.oid = d.dicttemplate),
                 d.dictinitoption)
  FROM pg_ts_dict d JOIN spaces s ON s.oid = d.dictnamespace
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_ts_dict'::regclass AND o.objid = d.oid)
UNION ALL
SELECT 'text search parser', s.prefix || p.prsname, (to_jsonb(p) - ARRAY['oid', 'prsnamespace'])::text
  FROM pg_ts_parser p JOIN spaces s ON s.oid = p.prsnamespace
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_ts_parser'::regclass AND o.objid = p.oid)
UNION ALL
SELECT 'text search template', s.prefix || t.tmplname, (to_jsonb(t) - ARRAY['oid', 'tmplnamespace'])::text
  FROM pg_ts_template t JOIN spaces s ON s.oid = t.tmplnamespace
 WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_ts_template'::regclass AND o.objid = t.oid)
UNION ALL
SELECT 'comment', pg_describe_object(c.classoid, c.objoid, c.objsubid), c.description
  FROM pg_description c
 WHERE c.objoid >= 16384
   -- Of these it is part of the definition.
   AND c.classoid NOT IN ('pg_class'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass,
                          'pg_namespace'::regclass, 'pg_extension'::regclass)
   AND NOT EXISTS (SELECT FROM pg_constraint k
                    WHERE c.classoid = 'pg_constraint'::regclass AND k.oid = c.objoid AND k.conrelid <> 0)
   AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = c.classoid AND o.objid = c.objoid)";

"""What the local HANA knows, with examples that tests run and `docs/hana-fidelity.md` is written from.

Most examples of functions are those of SAP's SQL reference, with the values that it gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

D = Decimal


@dataclass(frozen=True)
class Function:
    """Examples are expressions and their values; `missing` makes it "partly"."""

    name: str
    examples: tuple[tuple[str, Any], ...]
    missing: str = ""


def f(name: str, *examples: tuple[str, Any], missing: str = "") -> Function:
    return Function(name, examples, missing)


TEXT = (
    f("ASCII", ("ASCII('Ant')", 65)),
    f("BINTOHEX", ("BINTOHEX('AB')", "4142")),
    f("BINTONHEX", ("BINTONHEX('AB')", "4142")),
    f("BINTOSTR", ("BINTOSTR(HEXTOBIN('416E74'))", "Ant")),
    f("CHAR", ("CHAR(65) || CHAR(110) || CHAR(116)", "Ant")),
    f("CONCAT", ("CONCAT('C', 'at')", "Cat"), ("CONCAT('C', NULL)", None)),
    f("CONCAT_NAZ", ("CONCAT_NAZ(NULL, 'a')", "a"), ("CONCAT_NAZ(NULL, NULL)", None)),
    f("ESCAPE_DOUBLE_QUOTES", ("ESCAPE_DOUBLE_QUOTES('a\"b')", 'a""b')),
    f("ESCAPE_SINGLE_QUOTES", ("ESCAPE_SINGLE_QUOTES('Str''ing')", "Str''ing")),
    f("HEXTOBIN", ("HEXTOBIN('608da975')", b"\x60\x8d\xa9\x75")),
    f(
        "IS_SQL_INJECTION_SAFE",
        ("IS_SQL_INJECTION_SAFE('tab,le')", 0),
        ("IS_SQL_INJECTION_SAFE('table')", 1),
        ("IS_SQL_INJECTION_SAFE('CREATE STRUCTURED PRIVILEGE')", 0),
        ("IS_SQL_INJECTION_SAFE('CREATE STRUCTURED PRIVILEGE', 3)", 1),
    ),
    f("INITCAP", ("INITCAP('that is a test')", "That Is A Test")),
    f("LCASE", ("LCASE('TesT')", "test")),
    f("LEFT", ("LEFT('Hello', 3)", "Hel"), ("LEFT('Hi', 10)", "Hi"), ("LEFT('Hi', 0)", "")),
    f(
        "LENGTH",
        ("LENGTH('length in char')", 14),
        ("LENGTH('')", 0),
        ("LENGTH(12345)", 5),
        ("LENGTH(x'00FF')", 2),
    ),
    f(
        "LOCATE",
        ("LOCATE('length in char', 'char')", 11),
        ("LOCATE('length in char', 'length')", 1),
        ("LOCATE('length in char', 'zchar')", 0),
        ("LOCATE('length in char', '')", 1),
        ("LOCATE('AAA', 'A', -1)", 3),
        ("LOCATE('AAA', 'A', -3)", 1),
        ("LOCATE('AAA', 'A', -4)", 0),
        ("LOCATE('ABABAC', 'A', -2)", 5),
        ("LOCATE('ABABAC', 'A', 1, 3)", 5),
        ("LOCATE('a', NULL)", None),
    ),
    f("LOCATE_REGEXPR", ("LOCATE_REGEXPR(START '[0-9]' IN 'a1b2' OCCURRENCE 2)", 4)),
    f("LOWER", ("LOWER('AnT')", "ant")),
    f("LPAD", ("LPAD('end', 15, '12345')", "123451234512end"), ("LPAD('end', 5)", "  end")),
    f("LTRIM", ("LTRIM('babababAabend', 'ab')", "Aabend"), ("LTRIM('  x ')", "x ")),
    f("NCHAR", ("NCHAR(65)", "A")),
    f("OCCURRENCES_REGEXPR", ("OCCURRENCES_REGEXPR('([[:digit:]])' IN 'a1b2')", 2)),
    f("REPLACE", ("REPLACE('DOWNGRADE DOWNWARD', 'DOWN', 'UP')", "UPGRADE UPWARD")),
    f(
        "REPLACE_REGEXPR",
        (
            "REPLACE_REGEXPR('([[:digit:]]{4})-([[:digit:]]{2})-([[:digit:]]{2})' IN '2014-04-01' "
            "WITH '\\3/\\2/\\1' OCCURRENCE ALL)",
            "01/04/2014",
        ),
        ("REPLACE_REGEXPR('A' FLAG 'i' IN 'banana' WITH 'o' OCCURRENCE 2)", "banona"),
        missing="the flag U",
    ),
    f("RIGHT", ("RIGHT('HI0123456789', 20)", "HI0123456789"), ("RIGHT('Hello', 2)", "lo")),
    f("RPAD", ("RPAD('end', 15, '12345')", "end123451234512")),
    f("RTRIM", ("RTRIM('endabAabbabab', 'ab')", "endabA")),
    f("SOUNDEX", ("SOUNDEX('Robert')", "R163")),
    f(
        "STRTOBIN",
        ("STRTOBIN('Ant', 'UTF-8')", b"Ant"),
        ("STRTOBIN('Ant', 'UTF-16BE')", b"\0A\0n\0t"),
        missing="codepages other than UTF-8, UTF-16BE and UTF-16LE",
    ),
    f(
        "SUBSTRING",
        ("SUBSTRING('1234567890', 4, 2)", "45"),
        ("SUBSTRING('1234', 0, 2)", "12"),
        ("SUBSTRING('1234', 2)", "234"),
        ("SUBSTRING('1234', 2, 0)", ""),
        ("SUBSTRING(x'ABCDEF', 1, 2)", b"\xab\xcd"),
    ),
    f("SUBSTR", ("SUBSTR('1234567890', 4, 2)", "45")),
    f("SUBSTRING_REGEXPR", ("SUBSTRING_REGEXPR('([a-z])([0-9])' IN 'xa1b2' OCCURRENCE 2 GROUP 2)", "2")),
    f("SUBSTR_REGEXPR", ("SUBSTR_REGEXPR('[0-9]+' IN 'ab123')", "123")),
    f("SUBSTR_AFTER", ("SUBSTR_AFTER('Hello My Friend', 'My ')", "Friend")),
    f("SUBSTR_BEFORE", ("SUBSTR_BEFORE('Hello My Friend', 'My')", "Hello ")),
    f(
        "TRIM",
        ("TRIM('a' FROM 'aaa123456789aa')", "123456789"),
        ("TRIM(LEADING 'a' FROM 'aaa123456789aa')", "123456789aa"),
        ("TRIM('  x ')", "x"),
    ),
    f("UCASE", ("UCASE('Ant')", "ANT")),
    f("UNICODE", ("UNICODE('#')", 35)),
    f("UPPER", ("UPPER('Ant')", "ANT")),
)

NUMBERS = (
    f("ABS", ("ABS(-1)", 1), ("ABS(-1.50)", D("1.5"))),
    f("ACOS", ("ACOS(1)", 0.0)),
    f("ASIN", ("ASIN(0)", 0.0)),
    f("ATAN", ("ATAN(0)", 0.0)),
    f("ATAN2", ("ATAN2(0, 2)", 0.0)),
    f("BITAND", ("BITAND(255, 123)", 123)),
    f("BITCOUNT", ("BITCOUNT(255)", 8)),
    f("BITNOT", ("BITNOT(255)", -256)),
    f("BITOR", ("BITOR(240, 15)", 255)),
    f("BITXOR", ("BITXOR(255, 123)", 132)),
    f("CEIL", ("CEIL(14.5)", D(15)), ("CEIL(-14.5)", D(-14))),
    f("COS", ("COS(0)", 1.0)),
    f("COSH", ("COSH(0)", 1.0)),
    f("COT", ("ROUND(COT(40), 6)", -0.895083)),
    f("EXP", ("EXP(0)", 1.0)),
    f("FLOOR", ("FLOOR(14.5)", D(14)), ("FLOOR(-14.5)", D(-15))),
    f("GREATEST", ("GREATEST('aa', 'ab', 'bb', 'ba')", "bb"), ("GREATEST(1, 2.5)", D("2.5"))),
    f("LEAST", ("LEAST('aa', 'ab', 'bb', 'ba')", "aa"), ("LEAST(1, NULL)", None)),
    f("LN", ("ROUND(LN(9), 6)", 2.197225)),
    f("LOG", ("ROUND(LOG(10, 2), 6)", 0.30103)),
    f("MOD", ("MOD(15, 4)", 3), ("MOD(-15, 4)", -3), ("MOD(5, 0)", 5), ("MOD(5.5, 2)", D("1.5"))),
    f("NDIV0", ("NDIV0(1, 0)", D(0)), ("NDIV0(5, 2)", D("2.5"))),
    f("POWER", ("POWER(2, 10)", 1024.0)),
    f("RAND", ("FLOOR(RAND())", 0.0)),
    f("RAND_SECURE", ("FLOOR(RAND_SECURE())", 0.0)),
    f(
        "ROUND",
        ("ROUND(16.16, 1)", D("16.2")),
        ("ROUND(16.16, -1)", D(20)),
        ("ROUND(TO_DECIMAL('1E100'), 0)", D("1E100")),
        ("ROUND(438.75, 1, ROUND_HALF_UP)", D("438.8")),
        ("ROUND(438.75, 1, ROUND_HALF_DOWN)", D("438.7")),
        ("ROUND(438.75, 1, ROUND_HALF_EVEN)", D("438.8")),
        ("ROUND(438.71, 1, ROUND_UP)", D("438.8")),
        ("ROUND(438.79, 1, ROUND_DOWN)", D("438.7")),
        ("ROUND(438.75, 1, ROUND_CEILING)", D("438.8")),
        ("ROUND(1234.1234, -1)", D(1230)),
    ),
    f("SIGN", ("SIGN(-15)", -1), ("SIGN(0.0)", 0)),
    f("SIN", ("SIN(0)", 0.0)),
    f("SINH", ("SINH(0)", 0.0)),
    f("SQRT", ("SQRT(16)", 4.0)),
    f("TAN", ("TAN(0)", 0.0)),
    f("TANH", ("TANH(0)", 0.0)),
    f("UMINUS", ("UMINUS(-765)", 765)),
)

DATES = (
    f("ADD_DAYS", ("ADD_DAYS(TO_DATE('2009-12-05'), 30)", date(2010, 1, 4))),
    f(
        "ADD_MONTHS",
        ("ADD_MONTHS(TO_DATE('2009-12-05'), 1)", date(2010, 1, 5)),
        ("ADD_MONTHS(TO_DATE('2010-01-31'), 1)", date(2010, 2, 28)),
    ),
    f("ADD_MONTHS_LAST", ("ADD_MONTHS_LAST(TO_DATE('2010-02-28'), 1)", date(2010, 3, 31))),
    f(
        "ADD_NANO100",
        ("ADD_NANO100(TO_TIMESTAMP('2012-01-01 00:00:00'), 10)", datetime(2012, 1, 1, 0, 0, 0, 1)),
    ),
    f(
        "ADD_SECONDS",
        ("ADD_SECONDS(TO_TIMESTAMP('2012-01-01 23:30:45'), 60 * 30)", datetime(2012, 1, 2, 0, 0, 45)),
        ("ADD_SECONDS(TO_TIMESTAMP('2012-01-01 00:00:00'), 0.5)", datetime(2012, 1, 1, 0, 0, 0, 500000)),
    ),
    f("ADD_YEARS", ("ADD_YEARS(TO_DATE('2009-12-05'), 1)", date(2010, 12, 5))),
    f("CURRENT_DATE", ("DAYS_BETWEEN(CURRENT_DATE, CURRENT_TIMESTAMP)", 0)),
    f("CURRENT_TIME", ("SECONDS_BETWEEN(CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)", 0)),
    f("CURRENT_TIMESTAMP", ("SECONDS_BETWEEN(CURRENT_TIMESTAMP, NOW())", 0)),
    f("CURRENT_UTCDATE", ("DAYS_BETWEEN(CURRENT_UTCDATE, CURRENT_UTCTIMESTAMP)", 0)),
    f("CURRENT_UTCTIME", ("HOUR(CURRENT_UTCTIME) - HOUR(CURRENT_UTCTIMESTAMP)", 0)),
    f("CURRENT_UTCTIMESTAMP", ("SECONDS_BETWEEN(CURRENT_UTCTIMESTAMP, CURRENT_UTCTIMESTAMP)", 0)),
    f("DAYNAME", ("DAYNAME('2011-05-30')", "MONDAY")),
    f("DAYOFMONTH", ("DAYOFMONTH('2011-05-30')", 30)),
    f("DAYOFYEAR", ("DAYOFYEAR('2021-05-30')", 150)),
    f(
        "DAYS_BETWEEN",
        ("DAYS_BETWEEN(TO_DATE('2009-12-05', 'YYYY-MM-DD'), TO_DATE('2010-01-05', 'YYYY-MM-DD'))", 31),
        ("DAYS_BETWEEN('2018-02-07 23:00:00', '2018-02-08 01:00:00')", 0),
        ("DAYS_BETWEEN('2018-02-07 23:00:00', '2018-02-08 23:00:00')", 1),
        ("DAYS_BETWEEN('1582-10-04', '1582-10-15')", 1),
    ),
    f(
        "EXTRACT",
        ("EXTRACT(YEAR FROM TO_DATE('2010-01-04', 'YYYY-MM-DD'))", 2010),
        ("EXTRACT(MINUTE FROM '2010-01-04 01:02:03')", 2),
    ),
    f("HOUR", ("HOUR('12:34:56')", 12)),
    f("ISOWEEK", ("ISOWEEK(TO_DATE('2011-05-30'))", "2011-W22"), ("ISOWEEK('2017-01-01')", "2016-W52")),
    f("LAST_DAY", ("LAST_DAY(TO_DATE('2010-01-04', 'YYYY-MM-DD'))", date(2010, 1, 31))),
    f("MINUTE", ("MINUTE('12:34:56')", 34)),
    f("MONTH", ("MONTH('2011-05-30')", 5)),
    f("MONTHNAME", ("MONTHNAME('2011-05-30')", "MAY")),
    f(
        "MONTHS_BETWEEN",
        ("MONTHS_BETWEEN(TO_DATE('2003-01-01'), TO_DATE('2003-03-14'))", 2),
        ("MONTHS_BETWEEN(TO_DATE('2003-10-03'), TO_DATE('2003-01-14'))", -8),
        ("MONTHS_BETWEEN(TO_DATE('2003-10-15'), TO_DATE('2003-01-14'))", -9),
    ),
    f("NANO100_BETWEEN", ("NANO100_BETWEEN('2013-01-30', '2013-01-30 00:00:00.0000010')", 10)),
    f("NEXT_DAY", ("NEXT_DAY(TO_DATE('2009-12-31', 'YYYY-MM-DD'))", date(2010, 1, 1))),
    f("NOW", ("DAYS_BETWEEN(NOW(), NOW())", 0)),
    f("QUARTER", ("QUARTER('2011-05-30')", "2011-Q2"), ("QUARTER('2012-01-01', 2)", "2011-Q4")),
    f("SECOND", ("SECOND('12:34:56')", D(56))),
    f("SECONDS_BETWEEN", ("SECONDS_BETWEEN('2009-12-05', '2010-01-05')", 2678400)),
    f(
        "WEEK",
        ("WEEK(TO_DATE('2011-05-30', 'YYYY-MM-DD'))", 23),
        ("WEEK('2016-12-31')", 53),
        ("WEEK('2017-01-01')", 1),
        ("WEEK('2017-01-02')", 2),
    ),
    f("WEEKDAY", ("WEEKDAY(TO_DATE('2010-12-31', 'YYYY-MM-DD'))", 4)),
    f("YEAR", ("YEAR('2011-05-30')", 2011)),
    f("YEARS_BETWEEN", ("YEARS_BETWEEN(TO_DATE('2001-01-01'), TO_DATE('2003-03-14'))", 2)),
)

CONVERSIONS = (
    f(
        "CAST",
        ("CAST(7 AS VARCHAR)", "7"),
        ("CAST('10.5' AS DECIMAL(4, 1))", D("10.5")),
        ("CAST(12345.67 AS BIGINT)", 12345),
    ),
    f("TO_ALPHANUM", ("TO_ALPHANUM('10')", "10")),
    f("TO_BIGINT", ("TO_BIGINT('10')", 10)),
    f("TO_BINARY", ("TO_BINARY('abc')", b"abc")),
    f("TO_BLOB", ("TO_BINARY(TO_BLOB(TO_BINARY('abc')))", b"abc")),
    f("TO_BOOLEAN", ("TO_BOOLEAN('true')", True)),
    f("TO_CHAR", ("TO_CHAR(TO_DATE('2009-12-31'), 'YYYY/MM/DD')", "2009/12/31")),
    f("TO_CLOB", ("TO_VARCHAR(TO_CLOB('abc'))", "abc")),
    f(
        "TO_DATE",
        ("TO_DATE('2010-01-12', 'YYYY-MM-DD')", date(2010, 1, 12)),
        ("TO_DATE('2040-Jan-10', 'YYYY-MON-DD')", date(2040, 1, 10)),
        ("TO_DATE('2040-January-10', 'YYYY-MONTH-DD')", date(2040, 1, 10)),
        ("TO_DATE('2001-204', 'YYYY-DDD')", date(2001, 7, 23)),
        ("TO_DATE('2040-I-10', 'YYYY-RM-DD')", date(2040, 1, 10)),
    ),
    f("TO_DATS", ("TO_DATS('2010-01-11')", "20100111")),
    f(
        "TO_DECIMAL",
        ("TO_DECIMAL(7654321.888888, 10, 3)", D("7654321.888")),
        ("TO_DECIMAL(1234.789, 10, 0)", D(1234)),
    ),
    f("TO_DOUBLE", ("TO_DOUBLE('15.12')", 15.12)),
    f("TO_FIXEDCHAR", ("TO_FIXEDCHAR('Ant', 2)", "An")),
    f("TO_INT", ("TO_INT('10')", 10)),
    f("TO_INTEGER", ("TO_INTEGER('10')", 10)),
    f("TO_NCLOB", ("TO_NVARCHAR(TO_NCLOB('äbc'))", "äbc")),
    f(
        "TO_NVARCHAR",
        ("TO_NVARCHAR(TO_DATE('2009/12/31'), 'YY-MM-DD')", "09-12-31"),
        ("TO_NVARCHAR(1, '00.00')", "01.00"),
        ("TO_NVARCHAR(100, '00.00')", "100.00"),
        ("TO_NVARCHAR(100, '9999.00')", "100.00"),
        ("TO_NVARCHAR(100, '0000.00')", "0100.00"),
        ("TO_NVARCHAR(100, 'S0000.00')", "+0100.00"),
        ("TO_NVARCHAR(-100, 'S0000.00')", "-0100.00"),
        ("TO_NVARCHAR(-100, '000.00')", "-100.00"),
        ("TO_NVARCHAR(-100, 'S0.0E0')", "-1.0E2"),
        ("TO_NVARCHAR(-0.001, 'S0.0E00')", "-1.0E-03"),
        ("TO_NVARCHAR(1000, '9,999.00')", "1,000.00"),
        ("TO_NVARCHAR(1000, '$9,999.99')", "$1,000."),
        ("TO_NVARCHAR(1, '0.00%')", "100.00%"),
        ("TO_NVARCHAR(1, '100%')", "1100%"),
    ),
    f("TO_REAL", ("TO_REAL('15.5')", 15.5)),
    f(
        "TO_SECONDDATE",
        ("TO_SECONDDATE('2010-01-11 13:30:00', 'YYYY-MM-DD HH24:MI:SS')", datetime(2010, 1, 11, 13, 30)),
    ),
    f("TO_SMALLDECIMAL", ("TO_SMALLDECIMAL(1234567890123456789)", D("1234567890123457000"))),
    f("TO_SMALLINT", ("TO_SMALLINT('10')", 10)),
    f(
        "TO_TIME",
        ("TO_TIME('08:30 AM', 'HH:MI AM')", time(8, 30)),
        ("TO_TIME('12345', 'SSSSS')", time(3, 25, 45)),
    ),
    f(
        "TO_TIMESTAMP",
        ("TO_TIMESTAMP('2010-01-11 13:30:00', 'YYYY-MM-DD HH24:MI:SS')", datetime(2010, 1, 11, 13, 30)),
        (
            "TO_TIMESTAMP('11.05.2011 12:59:03.123', 'DD.MM.YYYY HH24:MI:SS.FF3')",
            datetime(2011, 5, 11, 12, 59, 3, 123000),
        ),
    ),
    f("TO_TINYINT", ("TO_TINYINT('10')", 10)),
    f(
        "TO_VARCHAR",
        ("TO_VARCHAR(TO_DATE('2009-12-31'), 'YYYY/MM/DD')", "2009/12/31"),
        (
            "TO_VARCHAR(TO_TIMESTAMP('2011-05-11 12:59:03.1234567'), 'DD.MM.YYYY HH12:MI:SS.FF3 AM')",
            "11.05.2011 12:59:03.123 PM",
        ),
        (
            "TO_VARCHAR(TO_DATE('2016-12-31'), 'D DAY DY Q W WW DDD MON RM')",
            "6 SATURDAY SAT 4 5 53 366 DEC XII",
        ),
        ("TO_VARCHAR(12.50)", "12.50"),
    ),
)

OTHER = (
    f("COALESCE", ("COALESCE(NULL, NULL, 'c')", "c"), ("COALESCE(NULL, 1.5, 2)", D("1.5"))),
    f("CURRENT_CONNECTION", ("SIGN(CURRENT_CONNECTION)", 1)),
    f("CURRENT_IDENTITY_VALUE", ("CURRENT_IDENTITY_VALUE()", None)),
    f("CURRENT_SCHEMA", ("LOCATE(CURRENT_SCHEMA, 'TOKONOMA_TEST')", 1)),
    f("CURRENT_TRANSACTION_ISOLATION_LEVEL", ("CURRENT_TRANSACTION_ISOLATION_LEVEL", "READ COMMITTED")),
    f("CURRENT_USER", ("NULLIF(CURRENT_USER, SESSION_USER)", None)),
    f("HASH_MD5", ("BINTOHEX(HASH_MD5(TO_BINARY('orange')))", "FE01D67A002DFA0F3AC084298142ECCD")),
    f(
        "HASH_SHA256",
        (
            "BINTOHEX(HASH_SHA256(TO_BINARY('orange')))",
            "1B4C9133DA73A711322404314402765AB0D23FD362A167D6F0C65BB215113D94",
        ),
    ),
    f("IFNULL", ("IFNULL('diff', 'same')", "diff"), ("IFNULL(NULL, 'same')", "same")),
    f(
        "JSON_QUERY",
        ("""JSON_QUERY('{"a": [1, 2.50]}', '$.a')""", "[1,2.50]"),
        ("""JSON_QUERY('[1, 2]', '$[*]' WITH WRAPPER)""", "[1,2]"),
        missing="PASSING; steps `[last]`, `[1 to 2]`, `[0, 1]`, `..`, filters and methods in a path",
    ),
    f(
        "JSON_VALUE",
        ("""JSON_VALUE('{"a": {"b": 1.50}}', '$.a.b')""", "1.50"),
        ("""JSON_VALUE('{"a": 7}', '$["a"]' RETURNING INT)""", 7),
        ("""JSON_VALUE('{}', '$.a' DEFAULT 'none' ON EMPTY)""", "none"),
        ("JSON_VALUE('no document', '$.a')", None),
        missing="PASSING; steps `[last]`, `[1 to 2]`, `[0, 1]`, `..`, filters and methods in a path",
    ),
    f("MAP", ("MAP(2, 0, 'Zero', 1, 'One', 2, 'Two', 'Default')", "Two"), ("MAP(99, 0, 'Zero')", None)),
    f("NEWUID", ("LENGTH(NEWUID())", 16)),
    f("NULLIF", ("NULLIF('diff', 'same')", "diff"), ("NULLIF('same', 'same')", None)),
    f("SESSION_CONTEXT", ("SESSION_CONTEXT('NOTHING_OF_THE_KIND')", None)),
    f("SESSION_USER", ("NULLIF(SESSION_USER, CURRENT_USER)", None)),
    f("SYSUUID", ("LENGTH(SYSUUID)", 16)),
)

SCALAR = {
    "Text": TEXT,
    "Numbers": NUMBERS,
    "Dates and times": DATES,
    "Conversions": CONVERSIONS,
    "Other": OTHER,
}

# Aggregates and window functions: over T (G, N, D, S) ------------------------------------------------

SAMPLE = (
    "CREATE COLUMN TABLE T (G INT, N INT, D DECIMAL(10, 2), S NVARCHAR(5))",
    "INSERT INTO T VALUES (1, 1, 10.50, 'a')",
    "INSERT INTO T VALUES (1, 2, 20.25, 'b')",
    "INSERT INTO T VALUES (2, 3, 30.00, 'c')",
    "INSERT INTO T VALUES (2, 4, NULL, 'd')",
)

AGGREGATES = (
    f("AVG", ("AVG(D)", D("20.25")), ("AVG(N)", D("2.5"))),
    f("CORR", ("ROUND(CORR(N, N), 6)", 1.0), ("ROUND(CORR(N, -N), 6)", -1.0), ("CORR(N, 1)", None)),
    f("COUNT", ("COUNT(*)", 4), ("COUNT(D)", 3), ("COUNT(DISTINCT G)", 2), missing="several expressions"),
    f("MAX", ("MAX(D)", D(30)), ("MAX(S)", "d")),
    f("MEDIAN", ("MEDIAN(D)", D("20.25"))),
    f("MIN", ("MIN(D)", D("10.5"))),
    f("STDDEV", ("ROUND(STDDEV(N), 6)", D("1.290994"))),
    f("STDDEV_POP", ("ROUND(STDDEV_POP(N), 6)", D("1.118034"))),
    f("STDDEV_SAMP", ("ROUND(STDDEV_SAMP(N), 6)", D("1.290994"))),
    f(
        "PERCENTILE_CONT",
        ("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY N)", 2.5),
        ("PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY N DESC)", 3.25),
        ("PERCENTILE_CONT(1) WITHIN GROUP (ORDER BY D)", 30.0),
    ),
    f(
        "PERCENTILE_DISC",
        ("PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY D)", D("20.25")),
        ("PERCENTILE_DISC(0) WITHIN GROUP (ORDER BY S DESC)", "d"),
    ),
    f(
        "STRING_AGG",
        ("STRING_AGG(S, ',' ORDER BY N DESC)", "d,c,b,a"),
        ("STRING_AGG(N, 0 ORDER BY D)", "4010203"),
        missing="OVER",
    ),
    f("SUM", ("SUM(D)", D("60.75")), ("SUM(N)", 10), ("SUM(DISTINCT G)", 3)),
    f("VAR", ("ROUND(VAR(N), 6)", D("1.666667"))),
    f("VAR_POP", ("VAR_POP(N)", D("1.25"))),
    f("VAR_SAMP", ("ROUND(VAR_SAMP(N), 6)", D("1.666667"))),
)
"""The value over all rows of T."""

WINDOWS = (
    f("CUME_DIST", ("CUME_DIST() OVER (ORDER BY N)", [0.25, 0.5, 0.75, 1.0])),
    f("DENSE_RANK", ("DENSE_RANK() OVER (ORDER BY G)", [1, 1, 2, 2])),
    f("FIRST_VALUE", ("FIRST_VALUE(S) OVER (PARTITION BY G ORDER BY N DESC)", ["b", "b", "d", "d"])),
    f("LAG", ("LAG(N) OVER (ORDER BY N)", [None, 1, 2, 3]), ("LAG(N, 2, 0) OVER (ORDER BY N)", [0, 0, 1, 2])),
    f("LAST_VALUE", ("LAST_VALUE(N) OVER (PARTITION BY G)", [2, 2, 4, 4])),
    f("LEAD", ("LEAD(S, 1, 'z') OVER (ORDER BY N)", ["b", "c", "d", "z"])),
    f("NTH_VALUE", ("NTH_VALUE(S, 2) OVER (PARTITION BY G)", ["b", "b", "d", "d"])),
    f("NTILE", ("NTILE(2) OVER (ORDER BY N)", [1, 1, 2, 2])),
    f("PERCENT_RANK", ("PERCENT_RANK() OVER (ORDER BY G)", [0.0, 0.0, 2 / 3, 2 / 3])),
    f("RANK", ("RANK() OVER (ORDER BY G DESC)", [3, 3, 1, 1])),
    f("ROW_NUMBER", ("ROW_NUMBER() OVER (ORDER BY N DESC)", [4, 3, 2, 1])),
    f(
        "SUM",
        ("SUM(N) OVER (PARTITION BY G)", [3, 3, 7, 7]),
        ("SUM(D) OVER (ORDER BY N)", [D("10.5"), D("30.75"), D("60.75"), D("60.75")]),
        ("SUM(N) OVER (ORDER BY N ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", [1, 3, 5, 7]),
        missing="RANGE frames",
    ),
)
"""The values over the rows of T in the order of N."""

REFUSED_FUNCTIONS = (
    "ABAP_LOWER(S)",
    "ADD_WORKDAYS('01', CURRENT_DATE, 1)",
    "CONVERT_CURRENCY(1)",
    "CONVERT_UNIT(1)",
    "CUBIC_SPLINE_APPROX(N)",
    "GROUPING(N)",
    "HAMMING_DISTANCE(S, S)",
    "LOCALTOUTC(CURRENT_TIMESTAMP, 'EST')",
    "NORMALIZE(S)",
    "ST_GEOMFROMTEXT(S)",
    "UTCTOLOCAL(CURRENT_TIMESTAMP, 'EST')",
    "WIDTH_BUCKET(N, 1, 2, 3)",
    "WORKDAYS_BETWEEN('01', CURRENT_DATE, CURRENT_DATE)",
    "XMLEXTRACT(S, '/a')",
)
"""Calls that are refused with 7; there are many more."""


# Types --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnType:
    """A declaration, values that come back as they went in, and what the driver's description says."""

    name: str
    declaration: str
    values: tuple[Any, ...]
    catalogue: str
    missing: str = ""


TYPES = (
    ColumnType("TINYINT", "TINYINT", (0, 255), "TINYINT"),
    ColumnType("SMALLINT", "SMALLINT", (-(2**15), 2**15 - 1), "SMALLINT"),
    ColumnType("INTEGER", "INTEGER", (-(2**31), 2**31 - 1), "INTEGER"),
    ColumnType("BIGINT", "BIGINT", (-(2**63), 2**63 - 1), "BIGINT"),
    ColumnType(
        "DECIMAL(p, s)", "DECIMAL(38, 10)", (D("1234567890123456789012345678.0123456789"), D(0)), "DECIMAL"
    ),
    ColumnType("DECIMAL", "DECIMAL", (D("1.5"), D("1234567890123456789012345678901234")), "DECIMAL"),
    ColumnType("SMALLDECIMAL", "SMALLDECIMAL", (D("-1.5"), D("1234567890123456")), "SMALLDECIMAL"),
    ColumnType("REAL", "REAL", (1.5, -0.25), "REAL"),
    ColumnType("DOUBLE", "DOUBLE", (1e100, 0.1), "DOUBLE"),
    ColumnType("FLOAT(n)", "FLOAT(24)", (1.5,), "REAL"),
    ColumnType("BOOLEAN", "BOOLEAN", (True, False), "BOOLEAN"),
    ColumnType(
        "VARCHAR",
        "VARCHAR(20)",
        ("plain", "", "😀"),
        "NVARCHAR",
        "NVARCHAR, as in HANA Cloud; its length counts UTF-16 units",
    ),
    ColumnType("NVARCHAR", "NVARCHAR(20)", ("Blumen 花", "", "😀"), "NVARCHAR"),
    ColumnType(
        "CHAR",
        "CHAR(5)",
        ("abc  ", "     "),
        "NCHAR",
        "NCHAR, as in HANA Cloud; SAP does not say how it is compared",
    ),
    ColumnType("NCHAR", "NCHAR(5)", ("花", "😀"), "NCHAR", "as CHAR"),
    ColumnType("ALPHANUM", "ALPHANUM(10)", ("abc", ""), "ALPHANUM"),
    ColumnType("SHORTTEXT", "SHORTTEXT(20)", ("text",), "SHORTTEXT", "no text search"),
    ColumnType("VARBINARY", "VARBINARY(20)", (b"\x00\xff", b""), "VARBINARY"),
    ColumnType("BINARY", "BINARY(4)", (b"\x00\x01\x02\x03",), "BINARY"),
    ColumnType(
        "DATE", "DATE", (date(1, 1, 1), date(9999, 12, 31), date(1582, 10, 15)), "DATE", "no empty date"
    ),
    ColumnType("TIME", "TIME", (time(0, 0), time(23, 59, 59)), "TIME"),
    ColumnType("SECONDDATE", "SECONDDATE", (datetime(2024, 2, 29, 1, 2, 3),), "SECONDDATE"),
    ColumnType("TIMESTAMP", "TIMESTAMP", (datetime(2024, 2, 29, 1, 2, 3, 123456),), "TIMESTAMP"),
    ColumnType("CLOB", "CLOB", ("long " * 2000,), "NCLOB", "NCLOB, as in HANA Cloud"),
    ColumnType("NCLOB", "NCLOB", ("länger 😀 " * 2000, ""), "NCLOB"),
    ColumnType("BLOB", "BLOB", (bytes(range(256)) * 50,), "BLOB"),
    ColumnType("TEXT", "TEXT", ("text",), "TEXT", "no text search"),
    ColumnType("BINTEXT", "BINTEXT", ("text",), "BINTEXT", "no text search"),
)
REFUSED_TYPES = ("ST_GEOMETRY", "ST_POINT", "REAL_VECTOR(3)", "INTEGER ARRAY")


# Statements ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """A script that works; `refused` are forms of it that are refused with 7."""

    name: str
    script: tuple[str, ...]
    missing: str = ""
    refused: tuple[str, ...] = ()


STATEMENTS = (
    Statement(
        "SELECT",
        (
            "SELECT DISTINCT A.N, B.S FROM T A LEFT OUTER JOIN T B ON A.N = B.N WHERE A.N IN (1, 2) "
            "ORDER BY 1 DESC",
            "SELECT G, SUM(D) AS TOTAL FROM T GROUP BY G HAVING SUM(D) > 1 ORDER BY TOTAL NULLS LAST",
            "WITH A AS (SELECT G FROM T), B (X) AS (SELECT MAX(G) FROM A) SELECT X FROM B",
            "SELECT N FROM T UNION ALL SELECT 1 FROM DUMMY EXCEPT SELECT 2 FROM DUMMY INTERSECT "
            "SELECT 1 FROM DUMMY",
            "SELECT TOP 1 N FROM T",
            "SELECT N FROM T ORDER BY N LIMIT 2 OFFSET 1",
            "SELECT N FROM T FOR UPDATE NOWAIT",
            "SELECT N FROM T FOR SHARE LOCK OF N WAIT 1",
            "SELECT N FROM T FOR UPDATE IGNORE LOCKED",
            "SELECT N FROM T WITH HINT (IGNORE_PLAN_CACHE)",
            "SELECT S FROM T ORDER BY S COLLATE GERMAN",
            "SELECT S FROM T ORDER BY S WITH PARAMETERS('LOCALE' = 'sv')",
            "SELECT N, S FROM T FOR JSON ('omitnull'='no', 'arraywrap'='no') RETURNS NVARCHAR(1000)",
            "SELECT N FROM T WHERE CONTAINS((S), 'one*') AND SCORE('on' IN S FUZZY MINIMAL SCORE 0.7) > 0",
            "SELECT SCORE() FROM T WHERE CONTAINS(S, 'one', FUZZY(0.8)) ORDER BY SCORE() DESC",
            "SELECT * FROM T A FULL OUTER JOIN T B ON A.N = B.N + 1 CROSS JOIN DUMMY",
            "SELECT N FROM T A WHERE EXISTS (SELECT 1 FROM T B WHERE B.N = A.N) AND N > ANY (SELECT "
            "1 FROM DUMMY)",
            "SELECT * FROM SERIES_GENERATE_DATE('INTERVAL 1 MONTH', '2020-01-01', '2021-01-01') S",
            "SELECT CASE WHEN N > 1 THEN 'more' ELSE 'one' END, (SELECT MAX(N) FROM T) FROM T",
        ),
        "GROUPING SETS, lateral joins, FOR XML, system versions, table functions but JSON_TABLE, series and "
        "hierarchies, locks on single rows; CONTAINS and SCORE find words, and measure likeness roughly; "
        "COLLATE knows the letters of two dozen languages, and the order of no dictionary for Chinese, "
        "Japanese and Korean",
        (
            "SELECT G FROM T GROUP BY ROLLUP (G)",
            "SELECT * FROM T, LATERAL (SELECT 1 FROM DUMMY)",
            "SELECT N FROM T FOR JSON ('format'='yes')",
            "SELECT N FROM T FOR XML",
            "SELECT N FROM T LIMIT 1 TOTAL ROWCOUNT",
            "SELECT N FROM T ORDER BY S COLLATE KLINGON",
            "SELECT * FROM T JOIN DUMMY USING (N)",
            "SELECT * FROM T NATURAL JOIN DUMMY",
        ),
    ),
    Statement(
        "JSON_TABLE",
        (
            """SELECT * FROM JSON_TABLE('[{"a": 1}, {"a": 2}]', '$' COLUMNS (N FOR ORDINALITY, A INT PATH """
            """'$.a', J NVARCHAR(10) FORMAT JSON PATH '$' NULL ON EMPTY) ERROR ON ERROR) AS J""",
            """SELECT J.X FROM T, JSON_TABLE('{"b": [' || T.N || ']}', '$' COLUMNS (NESTED PATH '$.b[*]' """
            """COLUMNS (X INT PATH '$'))) AS J""",
        ),
        "PASSING, types but numbers, texts and dates; "
        "steps `[last]`, `[1 to 2]`, `[0, 1]`, `..`, filters and methods in a path",
        (
            "SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (A BOOLEAN PATH '$.a'))",
            "SELECT * FROM JSON_TABLE('{}', '$..b' COLUMNS (A INT PATH '$.a')) AS J",
        ),
    ),
    Statement(
        "HIERARCHY, HIERARCHY_DESCENDANTS, HIERARCHY_ANCESTORS",
        (
            "SELECT NODE_ID, HIERARCHY_LEVEL FROM HIERARCHY(SOURCE (SELECT N AS NODE_ID, NULLIF(N - 1, 0) AS "
            "PARENT_ID FROM T) SIBLING ORDER BY NODE_ID)",
            "SELECT HIERARCHY_DISTANCE FROM HIERARCHY_DESCENDANTS(SOURCE HIERARCHY(SOURCE (SELECT N AS "
            "NODE_ID, NULLIF(N - 1, 0) AS PARENT_ID FROM T)) START WHERE NODE_ID = 1 DISTANCE FROM 1 TO 2)",
        ),
        "several parents of a node; spanning trees, levelled and temporal hierarchies, aggregates",
        ("SELECT * FROM HIERARCHY_SPANTREE(SOURCE T)",),
    ),
    Statement(
        "DO",
        ("DO BEGIN EXEC 'CREATE TABLE D1 (A INT)'; EXECUTE IMMEDIATE 'DROP TABLE D1'; END",),
        "SQLScript but EXEC of texts",
        ("DO BEGIN DECLARE A INT; END", "DO (IN A INT => 1) BEGIN END"),
    ),
    Statement(
        "INSERT",
        (
            "INSERT INTO T VALUES (5, 5, 5, 'e')",
            "INSERT INTO T (G, N) VALUES (5, DEFAULT)",
            "INSERT INTO T (G) SELECT G + 1 FROM T",
        ),
        "OVERRIDING",
        ("INSERT INTO T (G) OVERRIDING SYSTEM VALUE VALUES (1)",),
    ),
    Statement(
        "UPDATE",
        ("UPDATE T SET N = N + 1, S = 'x' WHERE G = 1",),
        "SET (…) = (…); FROM is there with `--version 2`, as HANA Cloud has none",
        ("UPDATE T SET (N, G) = (1, 2)", "UPDATE T SET N = B.N FROM T B WHERE T.N = B.N"),
    ),
    Statement("DELETE", ("DELETE FROM T WHERE N > 3",), "HISTORY", ("DELETE HISTORY FROM T",)),
    Statement(
        "UPSERT, REPLACE",
        (
            "CREATE TABLE K (ID INT PRIMARY KEY, V INT)",
            "UPSERT K VALUES (1, 1) WITH PRIMARY KEY",
            "UPSERT K VALUES (2, 2) WHERE ID = 2",
            "REPLACE K SELECT ID + 1, V FROM K",
        ),
    ),
    Statement(
        "MERGE INTO",
        (
            "MERGE INTO T USING (SELECT 1 AS A FROM DUMMY) AS S ON T.N = S.A "
            "WHEN MATCHED THEN UPDATE SET S = 'm' "
            "WHEN NOT MATCHED THEN INSERT (N) VALUES (S.A)",
        ),
        refused=("MERGE DELTA OF T",),
    ),
    Statement(
        "CREATE TABLE",
        (
            "CREATE ROW TABLE R (A INT NOT NULL PRIMARY KEY, B NVARCHAR(5) DEFAULT 'x' COMMENT 'b', "
            "CHECK (A > 0))",
            "CREATE COLUMN TABLE C (A INT REFERENCES R (A) ON DELETE CASCADE, "
            "B TIMESTAMP CS_LONGDATE NOT NULL, "
            "UNIQUE (B)) UNLOAD PRIORITY 5 AUTO MERGE PARTITION BY HASH (A) PARTITIONS 4",
            "CREATE TABLE I (A BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 5), B INT "
            "GENERATED ALWAYS AS (A * 2))",
            "CREATE LOCAL TEMPORARY COLUMN TABLE #L (A INT)",
            "CREATE GLOBAL TEMPORARY TABLE GT (A INT) ON COMMIT PRESERVE ROWS",
            "CREATE GLOBAL TEMPORARY COLUMN TABLE GD (A INT) ON COMMIT DELETE ROWS",
            "CREATE TABLE L LIKE R WITH NO DATA",
            "CREATE TABLE Q AS (SELECT G, COUNT(*) AS N FROM T GROUP BY G)",
        ),
        "storage clauses are read and ignored; no virtual, history or system-versioned tables",
        (
            'CREATE VIRTUAL TABLE VT AT "R"."D"."S"."T"',
            "CREATE TABLE A (A INT ARRAY)",
        ),
    ),
    Statement(
        "ALTER TABLE",
        (
            "ALTER TABLE T ADD (X INT, Y NVARCHAR(5) DEFAULT 'y' NOT NULL)",
            "ALTER TABLE T ALTER (S NVARCHAR(50))",
            "ALTER TABLE T DROP (X)",
            "ALTER TABLE T ADD CONSTRAINT PK PRIMARY KEY (N)",
            "ALTER TABLE T ADD CONSTRAINT CK CHECK (N > 0)",
            "ALTER TABLE T DROP CONSTRAINT CK",
            "ALTER TABLE T DROP PRIMARY KEY",
        ),
        "partitions and storage",
        ("ALTER TABLE T PARTITION BY HASH (N) PARTITIONS 2",),
    ),
    Statement("DROP TABLE", ("DROP TABLE T CASCADE",)),
    Statement("TRUNCATE TABLE", ("TRUNCATE TABLE T",)),
    Statement(
        "RENAME",
        ("RENAME COLUMN T.N TO M", "RENAME TABLE T TO T2"),
        "indexes, schemas",
        ("RENAME INDEX X TO Y",),
    ),
    Statement(
        "COMMENT ON",
        ("COMMENT ON TABLE T IS 'all'", "COMMENT ON COLUMN T.N IS 'one'", "COMMENT ON VIEW V IS 'v'"),
        "other objects",
        ("COMMENT ON SEQUENCE S IS 'x'",),
    ),
    Statement(
        "CREATE VIEW, DROP VIEW",
        (
            "CREATE VIEW W (A) AS SELECT N FROM T WITH READ ONLY",
            "CREATE OR REPLACE VIEW W AS SELECT * FROM T",
            "INSERT INTO W (N, G) VALUES (9, 1)",
            "UPDATE W SET G = 2 WHERE N = 9",
            "DELETE FROM W WHERE N = 9",
            "DROP VIEW W",
            "CREATE VIEW WP (IN least INT DEFAULT 1) AS SELECT N FROM T WHERE N >= :LEAST",
            "SELECT N FROM WP(least => 2)",
            "DROP VIEW WP",
        ),
        "structured privileges; rows change through views of one table without grouping",
        ("CREATE VIEW W2 AS SELECT N FROM T WITH STRUCTURED PRIVILEGE CHECK",),
    ),
    Statement(
        "CREATE INDEX, DROP INDEX",
        ("CREATE UNIQUE INDEX X ON T (N DESC)", "DROP INDEX X"),
        "full-text indexes",
        ("CREATE FULLTEXT INDEX F ON T (S)",),
    ),
    Statement(
        "CREATE SEQUENCE, ALTER SEQUENCE, DROP SEQUENCE",
        (
            "CREATE SEQUENCE SQ START WITH 10 INCREMENT BY 5 MAXVALUE 100 CYCLE",
            "SELECT SQ.NEXTVAL, SQ.CURRVAL FROM DUMMY",
            "ALTER SEQUENCE SQ RESTART WITH 50",
            "DROP SEQUENCE SQ",
        ),
        "RESET BY",
        ("CREATE SEQUENCE SR RESET BY SELECT 1 FROM DUMMY",),
    ),
    Statement(
        "CREATE SYNONYM, DROP SYNONYM", ("CREATE SYNONYM SY FOR T", "SELECT N FROM SY", "DROP SYNONYM SY")
    ),
    Statement(
        "CREATE SCHEMA, DROP SCHEMA",
        ("CREATE SCHEMA TOKONOMA_EXAMPLE", "DROP SCHEMA TOKONOMA_EXAMPLE CASCADE"),
    ),
    Statement("SET SCHEMA", ("SET SCHEMA SYS",)),
    Statement(
        "SET, UNSET of session variables",
        ("SET 'APPLICATIONUSER' = 'me'", "UNSET 'APPLICATIONUSER'"),
        "formats of dates",
        ("SET 'DATE_FORMAT' = 'DD/MM/YYYY'",),
    ),
    Statement("COMMIT, ROLLBACK", ("COMMIT", "ROLLBACK WORK")),
    Statement(
        "SAVEPOINT",
        ("SAVEPOINT S1", "ROLLBACK TO SAVEPOINT S1", "RELEASE SAVEPOINT S1"),
        "only within a transaction",
    ),
    Statement(
        "SET TRANSACTION",
        (
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "SET TRANSACTION READ WRITE",
            "SET TRANSACTION LOCK WAIT TIMEOUT 1000",
        ),
        "READ UNCOMMITTED and AUTOCOMMIT DDL OFF are refused",
        ("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", "SET TRANSACTION AUTOCOMMIT DDL OFF"),
    ),
    Statement(
        "LOCK TABLE",
        ("LOCK TABLE T IN EXCLUSIVE MODE WAIT 1",),
        "one transaction has the table, whatever the mode",
    ),
    Statement(
        "GRANT, REVOKE",
        (),
        "privileges on schemas, tables and views to users that are there; no roles",
        ("GRANT CATALOG READ TO SYSTEM",),
    ),
    Statement("CALL", (), "the procedures of HDI containers", ("CALL SOMETHING()",)),
)

REFUSED_STATEMENTS = (
    "CREATE PROCEDURE P AS BEGIN END",
    "CREATE FUNCTION F RETURNS A INT AS BEGIN END",
    "CREATE TRIGGER TR AFTER INSERT ON T BEGIN END",
    'CREATE USER NOBODY PASSWORD "Secret123"',
    "CREATE ROLE R",
    "EXPLAIN PLAN FOR SELECT 1 FROM DUMMY",
    "ALTER SYSTEM CLEAR SQL PLAN CACHE",
    "EXPORT T AS CSV INTO '/tmp'",
    "IMPORT FROM CSV FILE '/tmp/x.csv' INTO T",
    "LOAD T ALL",
)

"""The numbers of HANA's SQL Command Network Protocol (protocol reference); no code.

`TypeCode` and `FunctionCode`, which the SQL side uses as well, are in `localcloud.hana.model`.
"""

from __future__ import annotations

from enum import IntEnum

INITIALISATION_LENGTH = 14
"""Bytes of the first message of a connection."""
INITIALISATION_REPLY = bytes.fromhex("04 1400 04 0100 0000")
HEADER_LENGTH = 32
"""Bytes before every later message."""
MAX_I16 = 32767


class MessageType(IntEnum):
    """What a client asks for."""

    EXECUTEDIRECT = 2
    PREPARE = 3
    ABAPSTREAM = 4
    XA_START = 5
    XA_JOIN = 6
    EXECUTE = 13
    READLOB = 16
    WRITELOB = 17
    FINDLOB = 18
    AUTHENTICATE = 65
    CONNECT = 66
    COMMIT = 67
    ROLLBACK = 68
    CLOSERESULTSET = 69
    DROPSTATEMENTID = 70
    FETCHNEXT = 71
    FETCHABSOLUTE = 72
    FETCHRELATIVE = 73
    FETCHFIRST = 74
    FETCHLAST = 75
    DISCONNECT = 77
    EXECUTEITAB = 78
    FETCHNEXTITAB = 79
    INSERTNEXTITAB = 80
    BATCHPREPARE = 81
    DBCONNECTINFO = 82
    XOPEN_XASTART = 83
    XOPEN_XAEND = 84
    XOPEN_XAPREPARE = 85
    XOPEN_XACOMMIT = 86
    XOPEN_XAROLLBACK = 87
    XOPEN_XARECOVER = 88
    XOPEN_XAFORGET = 89
    CLIENTPING = 94


class PartKind(IntEnum):
    """What a part holds; unknown kinds are skipped."""

    COMMAND = 3
    RESULTSET = 5
    ERROR = 6
    STATEMENTID = 10
    ROWSAFFECTED = 12
    RESULTSETID = 13
    TOPOLOGYINFORMATION = 15
    READLOBREQUEST = 17
    READLOBREPLY = 18
    WRITELOBREQUEST = 28
    CLIENTCONTEXT = 29
    WRITELOBREPLY = 30
    PARAMETERS = 32
    AUTHENTICATION = 33
    STATEMENTCONTEXT = 39
    OUTPUTPARAMETERS = 41
    CONNECTOPTIONS = 42
    FETCHSIZE = 45
    PARAMETERMETADATA = 47
    RESULTSETMETADATA = 48
    FINDLOBREQUEST = 49
    CLIENTINFO = 57
    TRANSACTIONFLAGS = 64
    DBCONNECTINFO = 67


class PartAttribute:
    """Bits of a part's attributes."""

    LAST = 1
    NEXT = 2
    FIRST = 4
    ROW_NOT_FOUND = 8
    CLOSED = 16


class SegmentKind(IntEnum):
    """What a segment is."""

    REQUEST = 1
    REPLY = 2
    ERROR = 5


class ConnectOption(IntEnum):
    """Options of part CONNECTOPTIONS that this server reads or sets."""

    CONNECTION_ID = 1
    COMPLETE_ARRAY_EXECUTION = 2
    LARGE_BULK_OPERATIONS = 4
    LARGE_NUMBER_OF_PARAMETERS = 10
    SYSTEM_ID = 11
    DATA_FORMAT_VERSION = 12
    SELECT_FOR_UPDATE = 14
    CLIENT_DISTRIBUTION_MODE = 15
    DISTRIBUTION_PROTOCOL_VERSION = 17
    SPLIT_BATCH_COMMANDS = 18
    USE_TRANSACTION_FLAGS_ONLY = 19
    IGNORE_UNKNOWN_PARTS = 21
    DATA_FORMAT_VERSION2 = 23
    QUERY_TIMEOUT = 43
    FULL_VERSION = 44
    DATABASE_NAME = 45
    COMPRESSION_LEVEL_AND_FLAGS = 49
    FLAG_SET_1 = 53


class FeatureFlag:
    """Bits of option FLAG_SET_1, each something that the server can do."""

    SAVEPOINT_SQL = 1 << 5


class DatabaseInfoOption(IntEnum):
    """Options of part DBCONNECTINFO that this server sets."""

    IS_CONNECTED = 4


class ClientContextOption(IntEnum):
    """Options of part CLIENTCONTEXT that this server reads."""

    TYPE = 2


class StatementContextOption(IntEnum):
    """Options of part STATEMENTCONTEXT that this server reads or sets."""

    SEQUENCE = 1
    SERVER_PROCESSING_TIME = 2
    QUERY_TIMEOUT = 5


class TransactionFlag(IntEnum):
    """Options of part TRANSACTIONFLAGS that this server sets."""

    ROLLED_BACK = 0
    COMMITTED = 1
    NEW_ISOLATION_LEVEL = 2
    WRITE_STARTED = 4
    READ_ONLY = 7


class ColumnOption:
    """Bits of a column's options in part RESULTSETMETADATA."""

    NOT_NULL = 1
    NULLABLE = 2
    AUTO_INCREMENT = 32


class ParameterOption:
    """Bits of a parameter's options in part PARAMETERMETADATA, and its mode."""

    MANDATORY = 1
    NULLABLE = 2
    MODE_IN = 1
    MODE_OUT = 4


class LobOption:
    """Bits of a LOB's options, in rows, parameters and the LOB parts."""

    NULL = 1
    DATA_INCLUDED = 2
    LAST = 4


NO_NAME = 0xFFFFFFFF
"""The offset of a name that is not there."""

# The dates and times of data format version 4 and later: 0 is the empty date, and the number behind the last
# one is NULL.
NULL_DAYDATE = 3652062
NULL_SECONDTIME = 86402
NULL_SECONDDATE = 315538070401
NULL_LONGDATE = 3155380704000000001

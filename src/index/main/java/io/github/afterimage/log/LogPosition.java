package io.github.afterimage.log;

import java.util.UUID;

/**
 * Names a position in the log of an index.
 *
 * @param lineage identifies the log, so that it is never taken for that of another index; 32 hexadecimal digits
 * @param next number of the first change behind the position; changes are numbered from 0
 */
public record LogPosition(String lineage, long next) {
    /** Returns the begin of a new log. */
    static LogPosition begin() {
        return new LogPosition(UUID.randomUUID().toString().replace("-", ""), 0);
    }

    /** Returns another position in the same log. */
    LogPosition at(long number) {
        return new LogPosition(lineage, number);
    }

    /** Returns the text that stands in the metadata of an index. */
    public String text() {
        return lineage + " " + next;
    }

    /** @throws IllegalArgumentException if {@code text} is not a position */
    public static LogPosition parse(String text) {
        if (!text.matches("[0-9a-f]{32} [0-9]{1,18}")) {
            throw new IllegalArgumentException("\"" + text + "\", expected 32 hexadecimal digits and a number");
        }
        return new LogPosition(text.substring(0, 32), Long.parseLong(text.substring(33)));
    }
}

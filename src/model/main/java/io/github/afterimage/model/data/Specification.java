package io.github.afterimage.model.data;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A parsed name of data: {@code KIND:PATH}, {@code KIND:PATH#SPLIT}, {@code KIND:PATH#SPLIT[FROM:TO]},
 * {@code KIND:PATH#[FROM:TO]} or {@code KIND:PATH[FROM:TO]}; SPLIT is {@code train} or {@code test}. An existing file whose
 * name contains these characters takes precedence, with or without a range in brackets after it.
 *
 * @param text the whole name
 * @param split null if there is none
 * @param from the first row
 * @param to one past the last row, or {@link #TO_THE_END}
 */
record Specification(
        String text, String kind, Path path, @Nullable String split, long from, long to) {
    static final long TO_THE_END = -1;

    private static final String KINDS = "expected cifar10:PATH#train, cifar10:PATH#test, cifar100:PATH#train, "
            + "cifar100:PATH#test, images:DIR, npz:FILE or features:FILE";
    private static final Pattern PART = Pattern.compile("(train|test)?(?:\\[([0-9]*):([0-9]*)])?");

    private static final Pattern RANGE = Pattern.compile("\\[[0-9]*:[0-9]*]");
    private static final Pattern BRACKET_AT_END = Pattern.compile("(.+)(\\[[^\\[]*)");

    static Specification parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("data \"" + text + "\" has no kind: " + meant(text) + KINDS);
        }
        String kind = text.substring(0, colon);
        if (!kind.matches("cifar10|cifar100|images|npz|features")) {
            throw new IllegalArgumentException("data \"" + text + "\" is of unknown kind \"" + kind + "\": " + KINDS);
        }
        String place = text.substring(colon + 1);
        String mark = "";
        String part = null;
        if (!new File(place).exists()) {
            int hash = place.lastIndexOf('#');
            Matcher bracket = BRACKET_AT_END.matcher(place);
            boolean ranged = bracket.matches()
                    && (new File(bracket.group(1)).exists()
                            || hash < 0 && RANGE.matcher(bracket.group(2)).matches());
            if (ranged) {
                place = bracket.group(1);
                part = bracket.group(2);
            } else if (hash >= 0) {
                mark = "#";
                part = place.substring(hash + 1);
                place = place.substring(0, hash);
            }
        }
        if (place.isBlank()) {
            throw new IllegalArgumentException("data \"" + text + "\" has no path after \"" + kind + ":\"");
        }
        String split = null;
        long from = 0;
        long to = TO_THE_END;
        if (part != null) {
            Matcher matcher = PART.matcher(part);
            if (part.isEmpty() || !matcher.matches()) {
                throw new IllegalArgumentException("data \"" + text + "\" ends in \"" + mark + part
                        + "\": expected #train, #test or a range such as #[0:5000] or #train[0:45000]");
            }
            split = matcher.group(1);
            from = bound(text, matcher.group(2), 0);
            to = bound(text, matcher.group(3), TO_THE_END);
        }
        try {
            return new Specification(text, kind, Path.of(place), split, from, to);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "data \"" + text + "\" has no valid path, " + e.getReason()
                            + ": if it is right, set LC_ALL=C.UTF-8 or another UTF-8 locale",
                    e);
        }
    }

    /** {@return a question whether data of the likely kind are meant; empty where nothing of the name exists} */
    private static String meant(String text) {
        File file = new File(text);
        return file.isDirectory()
                ? "did you mean images:" + text + "? "
                : file.isFile() ? "did you mean features:" + text + "? " : "";
    }

    private static long bound(String text, @Nullable String digits, long otherwise) {
        if (digits == null || digits.isEmpty()) {
            return otherwise;
        }
        if (digits.length() > 18) {
            throw new IllegalArgumentException("data \"" + text + "\" has a range bound of " + digits.length()
                    + " digits: at most 18 are allowed");
        }
        return Long.parseLong(digits);
    }

    /** {@return the name of a row of this file, such as {@code train.npz row 17}} */
    String rowName(long row) {
        return printable(path.getFileName()) + " row " + row;
    }

    /** {@return a path as the name of an example: control characters of file names are replaced} */
    static String printable(Path file) {
        return printable(file.toString());
    }

    /** {@return the name of an example without control characters, which are replaced} */
    static String printable(String name) {
        return name.replaceAll("\\p{Cc}", "\ufffd");
    }

    /** {@return the split; data of this kind must have one} */
    String requireSplit() {
        if (split == null) {
            throw new IllegalArgumentException("data \"" + text + "\" does not say which part: add #train or #test, "
                    + "with a range if wanted, such as #train[0:45000]");
        }
        return split;
    }

    /** Requires that there is no split, for data that have no parts. */
    void requireNoSplit() {
        if (split != null) {
            throw new IllegalArgumentException("data \"" + text + "\" names #" + split + ", but " + kind
                    + ": has no such parts; use a range such as #[0:5000]");
        }
    }

    /**
     * Returns one past the last row of data with {@code size} rows.
     *
     * @throws IllegalArgumentException if the range is empty or not within the data
     */
    long requireEnd(long size) {
        long end = to == TO_THE_END ? size : to;
        requireRange(text, from, end, size);
        return end;
    }

    static void requireRange(String name, long from, long to, long size) {
        if (from < 0 || to > size || from >= to) {
            throw new IllegalArgumentException(
                    "range [" + from + ":" + to + "] of " + name + " is empty or not within [0:" + size + "]");
        }
    }
}

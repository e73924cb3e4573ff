package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** Text that is broken between words. */
public final class Words {
    private Words() {}

    /** Lines of at most {@code columns}, but for longer words; they keep the indentation of the text. */
    public static List<String> wrap(String text, int columns) {
        String indentation =
                text.substring(0, text.length() - text.stripLeading().length());
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > columns) {
            int end = rest.lastIndexOf(' ', columns);
            if (end <= indentation.length()) { // the first word is too long
                end = rest.indexOf(' ', indentation.length());
            }
            if (end < 0) {
                break;
            }
            lines.add(rest.substring(0, end).stripTrailing());
            rest = indentation + rest.substring(end).strip();
        }
        lines.add(rest);
        return lines;
    }

    /** The length of the longest word. */
    public static int longest(String text) {
        int longest = 0;
        for (String word : text.split(" ")) {
            longest = Math.max(longest, word.length());
        }
        return longest;
    }
}

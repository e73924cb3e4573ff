package io.github.afterimage.tensors;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses the JSON of a safetensors header strictly. It refuses numbers that are not integers, duplicate keys
 * and more than {@value #MAX_DEPTH} levels.
 *
 * <p>Values are {@code String}, {@code Long}, {@code List} and {@code Map}. Because of this class, a service that embeds the
 * index needs no JSON library.
 */
final class HeaderJson {
    private static final int MAX_DEPTH = 8;

    private final String text;
    private int position;

    private HeaderJson(String text) {
        this.text = text;
    }

    /**
     * Parses one JSON value.
     *
     * @throws IllegalArgumentException if {@code text} is not one JSON value; the message names the position
     */
    static Object parse(String text) {
        HeaderJson json = new HeaderJson(text);
        Object value = json.value(0);
        json.skipSpace();
        if (json.position < text.length()) {
            throw json.unexpected("the end");
        }
        return value;
    }

    static String quote(String value) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private Object value(int depth) {
        if (depth > MAX_DEPTH) {
            throw unexpected("at most " + MAX_DEPTH + " levels");
        }
        skipSpace();
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            default -> integer();
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        position++;
        skipSpace();
        if (accept('}')) {
            return object;
        }
        do {
            skipSpace();
            String key = string();
            skipSpace();
            expect(':');
            if (object.put(key, value(depth + 1)) != null) {
                throw unexpected("key \"" + key + "\" only once");
            }
            skipSpace();
        } while (accept(','));
        expect('}');
        return object;
    }

    private List<Object> array(int depth) {
        List<Object> array = new ArrayList<>();
        position++;
        skipSpace();
        if (accept(']')) {
            return array;
        }
        do {
            array.add(value(depth + 1));
            skipSpace();
        } while (accept(','));
        expect(']');
        return array;
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(position++);
            if (c < 0x20) {
                throw unexpected("no control character in a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
        position++;
        return out.toString();
    }

    private char escaped() {
        char c = peek();
        position++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                if (text.length() - position < 4) {
                    throw unexpected("four hexadecimal digits");
                }
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(text.charAt(position++), 16);
                    if (digit < 0) {
                        throw unexpected("a hexadecimal digit");
                    }
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw unexpected("an escape");
        };
    }

    private Long integer() {
        int start = position;
        while (position < text.length() && "-0123456789".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        if (position < text.length() && ".eE".indexOf(text.charAt(position)) >= 0) {
            throw unexpected("whole numbers");
        }
        try {
            return Long.parseLong(text.substring(start, position));
        } catch (NumberFormatException e) {
            position = start;
            throw unexpected("a value (string, integer, array or object)");
        }
    }

    private char peek() {
        if (position >= text.length()) {
            throw unexpected("more");
        }
        return text.charAt(position);
    }

    private void skipSpace() {
        while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private boolean accept(char c) {
        if (position < text.length() && text.charAt(position) == c) {
            position++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw unexpected("'" + c + "'");
        }
    }

    private IllegalArgumentException unexpected(String expected) {
        String found = position < text.length() ? "'" + text.charAt(position) + "'" : "the end";
        return new IllegalArgumentException("character " + position + " is " + found + ", expected " + expected);
    }
}

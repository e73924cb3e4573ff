package io.github.afterimage.file;

import io.github.afterimage.keys.Keys;
import java.util.List;

/** Answers whether keys have given ids. Callers ask in ascending order, so one pass over the keys suffices. */
final class LiveIds {
    private final List<Keys> keys;
    private int part;
    private long row;

    LiveIds(List<Keys> keys) {
        this.keys = keys;
    }

    boolean has(long id) {
        while (part < keys.size()) {
            Keys current = keys.get(part);
            if (row == current.count()) {
                part++;
                row = 0;
            } else if (current.id(row) < id) {
                row++;
            } else {
                return current.id(row) == id;
            }
        }
        return false;
    }
}

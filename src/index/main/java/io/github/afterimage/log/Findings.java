package io.github.afterimage.log;

import java.util.ArrayList;
import java.util.List;

/** The findings of a repair: losses, and damage that was undone. */
public record Findings(List<String> losses, List<String> mended) {
    public Findings() {
        this(new ArrayList<>(), new ArrayList<>());
    }
}

package io.github.afterimage.experiments.layers;

import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Names of layers in which * stands for any text. */
public final class LayerPatterns {
    private LayerPatterns() {}

    /**
     * The layers that match, in the network's order, the image first.
     *
     * @throws IllegalArgumentException if one matches nothing
     */
    public static List<String> matching(List<String> patterns, ExampleSource source) throws IOException {
        List<String> all = new ArrayList<>(List.of(ExampleSource.IMAGE));
        all.addAll(source.layers().stream().map(Layer::name).toList());
        Set<String> matching = new LinkedHashSet<>();
        for (String pattern : patterns) {
            Pattern text = Pattern.compile(String.join(
                    ".*",
                    List.of(pattern.split("\\*", -1)).stream()
                            .map(Pattern::quote)
                            .toList()));
            List<String> found =
                    all.stream().filter(name -> text.matcher(name).matches()).toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        "no layer is called \"" + pattern + "\"; \"layers MODEL\" lists them");
            }
            matching.addAll(found);
        }
        return all.stream().filter(matching::contains).toList();
    }
}

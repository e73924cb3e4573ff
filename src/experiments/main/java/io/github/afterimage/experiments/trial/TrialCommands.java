package io.github.afterimage.experiments.trial;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commands that make, tune and test the same index, and those that use it. */
record TrialCommands(Path index, @Nullable Path network, TrialData data, boolean skipBroken) {
    private static final String NEEDS_NO_QUOTES = "[\\w./:@%+=,-]+";

    /**
     * Returns the commands, one a line.
     *
     * @param preprocessing the steps; empty for none
     * @param outputs the file with the network's outputs; null where none are chosen
     */
    List<String> lines(String layers, String preprocessing, @Nullable Path outputs, boolean memoryAlone, KeyForm form) {
        String model = network == null ? "" : " --model " + quoted(network.toString());
        String skip = skipBroken ? " --skip-broken" : "";
        String file = quoted(index.toString());
        StringBuilder build = new StringBuilder("afterimage build" + model);
        if (network != null) {
            build.append(" --layers ").append(quoted(layers));
            build.append(preprocessing.isEmpty() ? "" : " --preprocess " + quoted(preprocessing));
            build.append(outputs == null ? "" : " --outputs " + quoted(outputs.toString()));
            build.append(memoryAlone ? " --cache-only" : "");
            build.append(" --thumbnails");
        }
        build.append(" --data ").append(quoted(data.memory())).append(skip);
        if (form.reduction() != null) {
            build.append(" --reduce ")
                    .append(form.reduction())
                    .append(" --sample ")
                    .append(KeyForm.SAMPLE);
        }
        build.append(" --dtype ")
                .append(form.type().shortName())
                .append(" --out ")
                .append(file);
        String use = " --index " + file + model;
        List<String> lines = new ArrayList<>(List.of(
                build.toString(),
                "afterimage tune" + use + " --data " + quoted(data.tuning()) + skip + " --save",
                "afterimage evaluate" + use + " --data " + quoted(data.test()) + skip));
        if (network != null) {
            lines.add("afterimage predict" + use + " PICTURE");
            lines.add("afterimage serve" + use);
        }
        return lines;
    }

    private static String quoted(String text) {
        return text.matches(NEEDS_NO_QUOTES) ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}

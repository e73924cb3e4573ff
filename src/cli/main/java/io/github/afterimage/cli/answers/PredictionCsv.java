package io.github.afterimage.cli.answers;

import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.cli.output.Csv;
import io.github.afterimage.model.Classification;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Predictions of image files as CSV: a header, then a row for each file, quoted as RFC 4180 says. The network's cells are
 * empty if the network has other classes. A refused answer has its log mass, its doubt and its neighbours only.
 */
final class PredictionCsv {
    private static final List<String> COLUMNS = List.of(
            "image",
            "error",
            "label",
            "name",
            "probability",
            "network_probability",
            "memory_probability",
            "network_label",
            "network_name",
            "memory_label",
            "memory_name",
            "log_mass",
            "doubt",
            "uncertain");
    private static final List<String> KEY_COLUMNS = List.of("id", "key_name", "label", "name", "score", "share");

    private final Writer target;
    private final int columns;
    private final boolean sets;

    /**
     * @param neighbors how many keys each row has room for
     * @param sets whether each row has a set of classes, their names separated by bars
     */
    PredictionCsv(Writer target, int neighbors, boolean sets) throws IOException {
        this.target = target;
        this.sets = sets;
        List<Object> header = new ArrayList<>(COLUMNS);
        if (sets) {
            header.add("set");
        }
        for (int place = 1; place <= neighbors; place++) {
            for (String column : KEY_COLUMNS) {
                header.add("neighbor" + place + "_" + column);
            }
        }
        columns = header.size();
        write(header);
    }

    void add(ImagePrediction prediction) throws IOException {
        if (prediction.isFailed()) {
            write(List.of(prediction.image(), prediction.failure()));
            return;
        }
        Classification answer = prediction.answer();
        Classification.Candidate best = answer.candidate(answer.label());
        List<String> names = answer.classNames();
        List<Object> row = new ArrayList<>(List.of(prediction.image(), ""));
        List<?> cells = Arrays.asList(
                best.label(),
                best.name(),
                best.probability(),
                answer.hasNetwork() ? (float) best.network() : "",
                (float) best.memory(),
                answer.hasNetwork() ? answer.networkLabel() : "",
                answer.hasNetwork() ? names.get(answer.networkLabel()) : "",
                answer.memoryLabel(),
                names.get(answer.memoryLabel()));
        row.addAll(prediction.isRefused() ? Collections.nCopies(cells.size(), "") : cells);
        row.add(answer.logMass());
        row.add(answer.doubt());
        row.add(answer.calibration().doubt().isPresent() ? answer.isUncertain() : "");
        if (sets) {
            row.add(prediction.set().stream()
                    .map(Classification.Candidate::name)
                    .collect(Collectors.joining("|")));
        }
        for (Neighbor key : answer.neighbors()) {
            row.addAll(List.of(key.id(), key.name(), key.label(), names.get(key.label()), key.score(), key.share()));
        }
        write(row);
    }

    private void write(List<?> cells) throws IOException {
        target.write(Csv.row(cells) + ",".repeat(columns - cells.size()) + "\n");
    }
}

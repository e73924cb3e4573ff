package io.github.afterimage.cli.answers;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.Thumbnail;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Makes the page of {@code predict}: the first images beside the remembered ones that decided. */
final class PredictionPage {
    /** Images on the page; more would make it too large for a browser. */
    static final int SHOWN = 200;
    /** Remembered pictures beside each image. */
    private static final int NEIGHBORS = 8;
    /** Pixels of the longer side of an image on the page. */
    private static final int SIDE = 192;

    private static final int FAILURES_SHOWN = 20;

    private final CacheModel model;
    private final List<ImagePrediction> shown = new ArrayList<>();
    private final List<byte[]> pictures = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private int predicted;

    PredictionPage(CacheModel model) {
        this.model = model;
    }

    void add(ImagePrediction prediction) throws IOException {
        if (prediction.isFailed()) {
            failures.add(prediction.failure());
            return;
        }
        if (prediction.isRefused()) {
            failures.add(prediction.image() + ": " + prediction.remark());
            return;
        }
        predicted++;
        if (shown.size() < SHOWN) {
            shown.add(prediction);
            pictures.add(Thumbnail.of(Image.read(Path.of(prediction.image())), SIDE));
        }
    }

    Page page() {
        CacheIndex index = model.index();
        Page page = new Page(
                predicted == 0
                        ? "No picture has an answer"
                        : Format.count(predicted, "picture") + ", and the remembered ones that decided",
                model.isAlone()
                        ? "A memory compares each picture with those that it has seen, and the most similar ones decide."
                        : "A network says what each picture shows. Beside it, a memory compares the picture with those that "
                                + "it has seen. The answer is what both say together.");
        if (predicted > 0) {
            page.terms(
                    index.size(),
                    shown.get(0).answer().calibration().rule(),
                    !model.isAlone(),
                    "Share",
                    "The part of one remembered picture in what the pictures of its class say. The most similar ones are shown.");
            page.heading("Predictions");
        }
        KeyPictures remembered = new KeyPictures(
                index,
                shown.stream()
                        .flatMap(each -> each.answer().neighbors().stream().limit(NEIGHBORS))
                        .toList());
        if (predicted > shown.size()) {
            page.paragraph("The page shows the first " + Format.count(shown.size()) + " of "
                    + Format.count(predicted, "picture") + ".");
        }
        remembered
                .source()
                .ifPresent(data -> page.note("The remembered pictures are those of the same names in " + data
                        + ", from which the index was built."));
        if (remembered.isEmpty()
                && shown.stream().anyMatch(each -> !each.answer().neighbors().isEmpty())) {
            page.note(
                    "Names stand for the remembered pictures, because the index has no copies of them and the data that it was "
                            + "built from are not found. An index of build --thumbnails keeps copies.");
        }
        IntStream.range(0, shown.size())
                .forEach(i -> page.decision(decision(shown.get(i), pictures.get(i), remembered)));
        if (!failures.isEmpty()) {
            page.heading(Format.count(failures.size(), "file") + " without an answer");
            failures.stream().limit(FAILURES_SHOWN).forEach(page::note);
            if (failures.size() > FAILURES_SHOWN) {
                page.note("and " + Format.count(failures.size() - FAILURES_SHOWN) + " more");
            }
        }
        return page;
    }

    private Decision decision(ImagePrediction prediction, byte[] picture, KeyPictures remembered) {
        Classification answer = prediction.answer();
        return new Decision(
                prediction.image(),
                picture,
                null,
                Decision.shown(answer, null),
                Decision.nearest(answer, NEIGHBORS, remembered::of),
                model.index().size(),
                Stream.of(prediction.setWords(), prediction.remark())
                        .filter(words -> !words.isEmpty())
                        .collect(Collectors.joining(". ")));
    }
}

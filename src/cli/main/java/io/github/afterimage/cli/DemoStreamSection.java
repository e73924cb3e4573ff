package io.github.afterimage.cli;

import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The second act on the page of {@code demo}. */
record DemoStreamSection(DemoStream stream) {
    void addTo(Page page) {
        List<PrequentialErrors.Batch> batches = stream.curve().batches();
        ErrorCounts all = stream.curve().all();
        page.heading("2. Learning while it runs");
        page.paragraph("A camera is out of focus: " + Format.count(all.examples(), "blurred image") + " arrive, "
                + Format.count(batches.get(0).errors().examples())
                + " at a time. Each batch is predicted first. Then its labels become known, and its images become keys."
                + " The network stays as it is.");
        page.chart(new LineChart("blurred images among the keys", "error, %")
                .line("mixture", learned(batches), percent(batches, ErrorCounts::mixedError))
                .line("network", learned(batches), percent(batches, ErrorCounts::networkError)));
        page.note("Of all " + Format.count(all.examples()) + ", the network has "
                + Format.percent(all.networkError()) + " wrong, and the mixture " + Format.percent(all.mixedError())
                + ". The first batch has the theta and lambda of the index, every other one those with the fewest errors on the"
                + " batches before it; no batch is tuned on itself.");
        page.paragraph(stream.words() + " " + stream.swappedWords());
    }

    private static double[] learned(List<PrequentialErrors.Batch> batches) {
        return batches.stream().mapToDouble(PrequentialErrors.Batch::learned).toArray();
    }

    private static double[] percent(List<PrequentialErrors.Batch> batches, ToDoubleFunction<ErrorCounts> error) {
        return batches.stream()
                .mapToDouble(batch -> 100 * error.applyAsDouble(batch.errors()))
                .toArray();
    }
}

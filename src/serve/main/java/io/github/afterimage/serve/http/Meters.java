package io.github.afterimage.serve.http;

import com.sun.management.OperatingSystemMXBean;
import io.github.afterimage.metrics.BatcherMetrics;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.Parts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.util.NanoTime;

/**
 * The meters of a server: those of its models, of the JVM, and {@code http.server.requests}, the time of HTTP requests by method,
 * route and status.
 *
 * <p>Threads: thread-safe.
 */
public final class Meters implements AutoCloseable {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    /** From a request for features to one for many images. */
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2)
    };

    /** Their names break the rules of {@code promtool check metrics}; {@code process.cpu} tells the time in seconds. */
    private static final List<String> NOT_OF_PROMETHEUS = List.of("system.cpu.count", "process.cpu.time");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Meter.MeterProvider<Timer> requests = Timer.builder("http.server.requests")
            .description("Time of HTTP requests, from the end of their headers to the end of their answers")
            .serviceLevelObjectives(BOUNDS)
            .withRegistry(registry);

    /** Observes the models from now on. */
    public Meters(Models models) {
        NOT_OF_PROMETHEUS.forEach(name -> registry.config().meterFilter(MeterFilter.denyNameStartsWith(name)));
        List.of(
                        collections,
                        new ClassLoaderMetrics(),
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            FunctionCounter.builder("process.cpu", system, process -> process.getProcessCpuTime() / 1e9)
                    .description("Time of the processors that the process has taken")
                    .baseUnit("seconds")
                    .register(registry);
        }
        models.observe(model -> {
            new BatcherMetrics(model.name(), model.monitored()).bindTo(registry);
            FunctionCounter.builder("afterimage.doubt.refused", model, ServedModel::refusedByDoubt)
                    .description("Rows without an answer, because it would be uncertain")
                    .tag("index", model.name())
                    .register(registry);
        });
    }

    /** Returns the log that records each request that has ended, by the name of its path. */
    public RequestLog of(Paths paths) {
        return (request, response) -> requests.withTags(
                        "method",
                        HttpMethod.fromString(request.getMethod()) == null ? Paths.OTHER : request.getMethod(),
                        "uri",
                        paths.name(request),
                        "status",
                        Integer.toString(response.getStatus()))
                .record(NanoTime.since(request.getHeadersNanoTime()), TimeUnit.NANOSECONDS);
    }

    /** Adds the path of the values. */
    public void add(Paths paths) {
        paths.add(Paths.GET, "/metrics", (request, names) -> CompletableFuture.completedFuture(text(request)));
    }

    private Reply text(Request request) {
        String type = request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).stream()
                        .anyMatch(wanted -> wanted.startsWith("application/openmetrics-text"))
                ? OPEN_METRICS
                : PROMETHEUS;
        return new Reply(200, type, Parts.of(registry.scrape(type).getBytes(StandardCharsets.UTF_8)), Map.of());
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}

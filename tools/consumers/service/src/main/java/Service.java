import com.sun.net.httpserver.HttpServer;
import io.github.afterimage.BatchOptions;
import io.github.afterimage.OverloadException;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.ModelBatcher;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.model.data.Image;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;

/** Classifies images over HTTP, those of many clients together. Arguments: the network, its index, the port. */
class Service {
    public static void main(String[] arguments) throws Exception {
        Path network = Path.of(arguments[0]);
        Path index = Path.of(arguments[1]);
        ModelBatcher batcher = new ModelBatcher(CacheModel.open(network, index), new BatchOptions());
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[2])), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            int status = 200;
            String text;
            try (exchange) {
                try {
                    switch (exchange.getRequestURI().getPath()) {
                        case "/health" -> text = batcher.health().toString();
                        case "/reload" -> text = "" + batcher.replace(CacheModel.open(network, index));
                        default -> {
                            Image image = Image.decode("the body", exchange.getRequestBody().readAllBytes());
                            ModelQuery query = ModelQuery.of(image).within(Duration.ofSeconds(5));
                            text = "" + batcher.submit(query).join().get(0).best(3);
                        }
                    }
                } catch (OverloadException | CompletionException e) {
                    status = 503;
                    text = e.getMessage();
                } catch (Exception e) {
                    status = 400;
                    text = e.getMessage();
                }
                exchange.sendResponseHeaders(status, 0);
                exchange.getResponseBody().write((text + "\n").getBytes());
            }
        });
        server.start();
        System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
    }
}

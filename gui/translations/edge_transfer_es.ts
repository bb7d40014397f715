<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>AdviceCard</name>
    <message>
        <source>Advice</source>
        <translation>Consejo</translation>
    </message>
    <message>
        <source>Progress of the advice</source>
        <translation>Progreso del consejo</translation>
    </message>
    <message>
        <source>▾ Less</source>
        <translation>▾ Menos</translation>
    </message>
    <message>
        <source>▸ The whole advice</source>
        <translation>▸ El consejo completo</translation>
    </message>
    <message>
        <source>Compare…</source>
        <translation>Comparar…</translation>
    </message>
    <message>
        <source>Take the advised input side</source>
        <translation>Tomar el lado de entrada aconsejado</translation>
    </message>
    <message>
        <source>All networks and sides, in accuracy and milliseconds, in the browser</source>
        <translation>Todas las redes y lados, en aciertos y milisegundos, en el navegador</translation>
    </message>
    <message>
        <source>Take {side} px</source>
        <translation>Tomar {side} px</translation>
    </message>
    <message>
        <source>The network sees smaller or larger pictures from the next training on; models keep their own side</source>
        <translation>La red verá imágenes más pequeñas o más grandes desde el próximo entrenamiento; los modelos conservan su lado</translation>
    </message>
    <message>
        <source>There is no advice: {why}</source>
        <translation>No hay consejo: {why}</translation>
    </message>
    <message>
        <source>Comparing networks and input sides on your images: {share}</source>
        <translation>Comparando redes y lados de entrada con sus imágenes: {share}</translation>
    </message>
    <message>
        <source>The images have changed since.</source>
        <translation>Las imágenes han cambiado desde entonces.</translation>
    </message>
    <message>
        <source>The page is here: {path}</source>
        <translation>La página está aquí: {path}</translation>
    </message>
</context>
<context>
    <name>AnswerCard</name>
    <message>
        <source>p50 {p50} ms · p95 {p95} ms · {rate} answers a second</source>
        <translation>p50 {p50} ms · p95 {p95} ms · {rate} respuestas por segundo</translation>
    </message>
    <message>
        <source>no bundle</source>
        <translation>ningún paquete</translation>
    </message>
    <message>
        <source>a bundle from a folder…</source>
        <translation>un paquete de una carpeta…</translation>
    </message>
    <message>
        <source>Bundle {letter}</source>
        <translation>Paquete {letter}</translation>
    </message>
    <message>
        <source>Choose a bundle: it is run here exactly as on the box.</source>
        <translation>Elija un paquete: aquí se ejecuta igual que en el equipo.</translation>
    </message>
    <message>
        <source>Checking and opening the bundle…</source>
        <translation>Comprobando y abriendo el paquete…</translation>
    </message>
    <message>
        <source>The picture has moved away from what was learned: light, camera or subject.</source>
        <translation>La imagen se ha alejado de lo aprendido: luz, cámara o motivo.</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>Abrir otra vez</translation>
    </message>
    <message>
        <source>Unknown below {value} (the bundle&apos;s own: {own})</source>
        <translation>Desconocido por debajo del {value} (el del paquete: {own})</translation>
    </message>
    <message>
        <source>Threshold below which the answer is unknown</source>
        <translation>Umbral por debajo del cual la respuesta es desconocida</translation>
    </message>
    <message>
        <source>Changes only what is shown here; the bundle stays as it is</source>
        <translation>Cambia solo lo que se muestra aquí; el paquete no cambia</translation>
    </message>
    <message>
        <source>Back to the bundle&apos;s own threshold</source>
        <translation>Volver al umbral del paquete</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close this message</source>
        <translation>Cerrar este mensaje</translation>
    </message>
</context>
<context>
    <name>BoxCommands</name>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
    <message>
        <source>Take it to the box</source>
        <translation>Llevarlo al equipo</translation>
    </message>
    <message>
        <source>The first line runs here, the other two on the box; put its own name in the place of “user@box”.</source>
        <translation>La primera línea se ejecuta aquí y las otras dos en el equipo; ponga su nombre en lugar de «user@box».</translation>
    </message>
    <message>
        <source>Commands for the box</source>
        <translation>Órdenes para el equipo</translation>
    </message>
    <message>
        <source>Copy the commands</source>
        <translation>Copiar las órdenes</translation>
    </message>
</context>
<context>
    <name>BundleList</name>
    <message>
        <source>✗ cannot be used</source>
        <translation>✗ no se puede usar</translation>
    </message>
    <message>
        <source>Bundles of this project</source>
        <translation>Paquetes de este proyecto</translation>
    </message>
    <message>
        <source>What you export will stand here.</source>
        <translation>Aquí estará lo que exporte.</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Abrir la carpeta</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Borrar…</translation>
    </message>
</context>
<context>
    <name>BundleView</name>
    <message>
        <source>The bundle uses {model}, {p50} ms a picture: {reason}.</source>
        <translation>El paquete usa {model}, {p50} ms por imagen: {reason}.</translation>
    </message>
    <message>
        <source>The box&apos;s benchmark has no model of this bundle: measure this bundle there.</source>
        <translation>La medición del equipo no tiene ningún modelo de este paquete: mida este paquete allí.</translation>
    </message>
    <message>
        <source>On the box {model} is the fastest too, with {p50} ms.</source>
        <translation>En el equipo {model} también es el más rápido, con {p50} ms.</translation>
    </message>
    <message>
        <source>On the box {model} is the fastest, with {p50} ms: the commands below start the bundle with its engine.</source>
        <translation>En el equipo el más rápido es {model}, con {p50} ms: las órdenes de abajo inician el paquete con su motor.</translation>
    </message>
</context>
<context>
    <name>CameraPanel</name>
    <message>
        <source>Connecting…</source>
        <translation>Conectando…</translation>
    </message>
    <message>
        <source>The picture is {age} s old.</source>
        <translation>La imagen tiene {age} s.</translation>
    </message>
    <message>
        <source>Reconnecting…</source>
        <translation>Reconectando…</translation>
    </message>
    <message>
        <source>Lost; reconnecting…</source>
        <translation>Se perdió la señal; reconectando…</translation>
    </message>
    <message>
        <source>No picture; trying again…</source>
        <translation>Sin imagen; se intenta otra vez…</translation>
    </message>
    <message>
        <source>This source cannot be used.</source>
        <translation>Esta fuente no se puede usar.</translation>
    </message>
    <message>
        <source>The end.</source>
        <translation>Fin.</translation>
    </message>
    <message>
        <source>The end: the file is damaged.</source>
        <translation>Fin: el archivo está dañado.</translation>
    </message>
    <message>
        <source>Stale.</source>
        <translation>Imagen detenida.</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>Espejo</translation>
    </message>
    <message>
        <source>Turn the picture as in a mirror; what is recorded stays as it is (Ctrl+M)</source>
        <translation>Muestra la imagen como en un espejo; lo que se graba no cambia (Ctrl+M)</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Región</translation>
    </message>
    <message>
        <source>Choose the part of the picture that the model shall see (Ctrl+R)</source>
        <translation>Elegir la parte de la imagen que debe ver el modelo (Ctrl+R)</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>Entera</translation>
    </message>
    <message>
        <source>Let the model see the whole picture again</source>
        <translation>El modelo vuelve a ver la imagen entera</translation>
    </message>
</context>
<context>
    <name>CandidatesPlot</name>
    <message>
        <source>{model} (chosen)</source>
        <translation>{model} (elegido)</translation>
    </message>
    <message>
        <source>Top-1 (%)</source>
        <translation>Exactitud (%)</translation>
    </message>
    <message>
        <source>Median latency (ms)</source>
        <translation>Latencia mediana (ms)</translation>
    </message>
    <message>
        <source>Accuracy against latency</source>
        <translation>Exactitud frente a latencia</translation>
    </message>
</context>
<context>
    <name>CandidatesTable</name>
    <message>
        <source>Engine</source>
        <translation>Motor</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>All files of the model together</source>
        <translation>Todos los archivos del modelo juntos</translation>
    </message>
    <message>
        <source>Top-1</source>
        <translation>Exactitud</translation>
    </message>
    <message>
        <source>Right answers among the pictures that were compared</source>
        <translation>Respuestas correctas entre las imágenes comparadas</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>Acuerdo</translation>
    </message>
    <message>
        <source>Pictures with the answer of the FP32 model</source>
        <translation>Imágenes con la misma respuesta que el modelo FP32</translation>
    </message>
    <message>
        <source>p50</source>
        <translation>p50</translation>
    </message>
    <message>
        <source>Median time from a camera frame to the decision</source>
        <translation>Mediana del tiempo entre la imagen de la cámara y la decisión</translation>
    </message>
    <message>
        <source>p95</source>
        <translation>p95</translation>
    </message>
    <message>
        <source>95 of 100 frames take no longer</source>
        <translation>95 de cada 100 imágenes no tardan más</translation>
    </message>
    <message>
        <source>p50 on the box</source>
        <translation>p50 en el equipo</translation>
    </message>
    <message>
        <source>Median time from a camera frame to the decision, as the box has measured it</source>
        <translation>Mediana del tiempo entre la imagen de la cámara y la decisión, medida por el equipo</translation>
    </message>
    <message>
        <source>Decision</source>
        <translation>Decisión</translation>
    </message>
    <message>
        <source>What was tried</source>
        <translation>Lo que se probó</translation>
    </message>
</context>
<context>
    <name>Certificate</name>
    <message>
        <source>Parity certificate</source>
        <translation>Certificado de paridad</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Comprobar otra vez</translation>
    </message>
    <message>
        <source>Compute the golden inputs of the bundle on this machine now</source>
        <translation>Calcular ahora en esta máquina las entradas de referencia del paquete</translation>
    </message>
    <message>
        <source>Not verified on this machine yet</source>
        <translation>Aún no se ha verificado en esta máquina</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Comprobando…</translation>
    </message>
    <message>
        <source>✓ Verified on this machine at {time}</source>
        <translation>✓ Verificado en esta máquina a las {time}</translation>
    </message>
    <message>
        <source>✗ The check failed: {problem}</source>
        <translation>✗ La comprobación falló: {problem}</translation>
    </message>
    <message numerus="yes">
        <source>Compared with the trained model on %n picture(s) {split}.</source>
        <translation>
            <numerusform>Comparado con el modelo entrenado en %n imagen {split}.</numerusform>
            <numerusform>Comparado con el modelo entrenado en %n imágenes {split}.</numerusform>
        </translation>
    </message>
    <message>
        <source>{model}: largest difference of a logit {difference}, same answer on {agreement}</source>
        <translation>{model}: mayor diferencia de un logit {difference}, misma respuesta en el {agreement}</translation>
    </message>
    <message>
        <source>The accuracy may be better than the truth: {reasons}</source>
        <translation>La exactitud puede ser mejor que la real: {reasons}</translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>{train} to learn from, {test} held out to test</source>
        <translation>{train} para aprender, {test} reservadas para probar</translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation>Grabando…</translation>
    </message>
    <message>
        <source>Hold to record</source>
        <translation>Mantener y grabar</translation>
    </message>
    <message>
        <source>Hold to record {name}</source>
        <translation>Mantener para grabar {name}</translation>
    </message>
    <message>
        <source>Rename the class</source>
        <translation>Cambiar el nombre de la clase</translation>
    </message>
    <message>
        <source>Rename {name}</source>
        <translation>Cambiar el nombre de {name}</translation>
    </message>
</context>
<context>
    <name>ClassKeys</name>
    <message>
        <source>Wrong? Send the picture back under the right class</source>
        <translation>¿Error? Devuelva la imagen con la clase correcta</translation>
    </message>
    <message>
        <source>The project has no class yet: add one on the Collect page.</source>
        <translation>El proyecto aún no tiene clases: añada una en la página Captura.</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) sent back to learn from. Ctrl+Z takes the last one back.</source>
        <translation>
            <numerusform>%n imagen devuelta para aprender. Ctrl+Z la quita.</numerusform>
            <numerusform>%n imágenes devueltas para aprender. Ctrl+Z quita la última.</numerusform>
        </translation>
    </message>
    <message>
        <source>Click the right class or press its key; the picture is there to learn from.</source>
        <translation>Pulse la clase correcta o su tecla; la imagen servirá para aprender.</translation>
    </message>
    <message>
        <source>Send back as {name}</source>
        <translation>Devolver como {name}</translation>
    </message>
</context>
<context>
    <name>ClassList</name>
    <message>
        <source>Add two or more classes; an empty background is a good one to have.</source>
        <translation>Añada dos o más clases; el fondo vacío es una buena clase.</translation>
    </message>
    <message>
        <source>Name of a new class</source>
        <translation>Nombre de una clase nueva</translation>
    </message>
    <message>
        <source>Add class</source>
        <translation>Añadir clase</translation>
    </message>
</context>
<context>
    <name>ClassesTable</name>
    <message>
        <source>Class</source>
        <translation>Clase</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Pictures of this class in the split</source>
        <translation>Imágenes de esta clase en el conjunto</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Reconocidas</translation>
    </message>
    <message>
        <source>Of the pictures of this class, the share that is recognised</source>
        <translation>De las imágenes de esta clase, la parte que se reconoce (exhaustividad)</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Precisión</translation>
    </message>
    <message>
        <source>Of the answers that name this class, the share that is right</source>
        <translation>De las respuestas que nombran esta clase, la parte que acierta</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <source>Harmonic mean of recall and precision</source>
        <translation>Media armónica de exhaustividad y precisión</translation>
    </message>
    <message>
        <source>Mostly taken for</source>
        <translation>Se confunde sobre todo con</translation>
    </message>
    <message>
        <source>The most frequent wrong answer</source>
        <translation>La respuesta errónea más frecuente</translation>
    </message>
    <message>
        <source>Classes with precision, recall and F1</source>
        <translation>Clases con precisión, exhaustividad y F1</translation>
    </message>
</context>
<context>
    <name>CoachPanel</name>
    <message>
        <source>What to record next will stand here.</source>
        <translation>Aquí estará lo que conviene grabar después.</translation>
    </message>
    <message>
        <source>Nothing is missing at the moment: go on to the training.</source>
        <translation>Por ahora no falta nada: siga con el entrenamiento.</translation>
    </message>
    <message numerus="yes">
        <source>%n further hint(s)</source>
        <translation>
            <numerusform>%n consejo más</numerusform>
            <numerusform>%n consejos más</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>“{first}” has %n image(s) to learn from: record at least {two}.</source>
        <translation>
            <numerusform>“{first}” tiene %n imagen para aprender: grabe al menos {two}.</numerusform>
            <numerusform>“{first}” tiene %n imágenes para aprender: grabe al menos {two}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Record “{first}”, then a second class, for example the empty background.</source>
        <translation>Grabe “{first}” y después una segunda clase, por ejemplo el fondo vacío.</translation>
    </message>
    <message>
        <source>Each of these was recorded once: {all}. Record them a second time, in other light.</source>
        <translation>Cada una de estas se grabó una sola vez: {all}. Grábelas otra vez, con otra luz.</translation>
    </message>
    <message>
        <source>Add a class for each thing to tell apart, and one for the empty background.</source>
        <translation>Añada una clase para cada cosa que distinguir y otra para el fondo vacío.</translation>
    </message>
    <message>
        <source>Only “{first}” has images: record a second class, for example the empty background.</source>
        <translation>Solo “{first}” tiene imágenes: grabe una segunda clase, por ejemplo el fondo vacío.</translation>
    </message>
    <message>
        <source>From one recording to another “{first}” and “{second}” are confused in {one} of {two} images: show what tells them apart.</source>
        <translation>De una grabación a otra, “{first}” y “{second}” se confunden en {one} de {two} imágenes: muestre lo que las distingue.</translation>
    </message>
    <message>
        <source>“{first}” was recorded once: record it a second time, in other light.</source>
        <translation>“{first}” se grabó una sola vez: grábela otra vez, con otra luz.</translation>
    </message>
    <message>
        <source>The images of “{first}” are nearly equal: turn it, move it, change what is behind it.</source>
        <translation>Las imágenes de “{first}” son casi iguales: gírela, muévala, cambie lo que hay detrás.</translation>
    </message>
    <message>
        <source>“{first}” has {one} images and “{second}” has {two}: record more of “{second}”.</source>
        <translation>“{first}” tiene {one} imágenes y “{second}” {two}: grabe más de “{second}”.</translation>
    </message>
    <message>
        <source>Nothing is held out to test yet: a second recording of each class shows how good the model is.</source>
        <translation>Aún no hay nada reservado para probar: una segunda grabación de cada clase muestra lo bueno que es el modelo.</translation>
    </message>
    <message>
        <source>There is no class for nothing: record the empty background as a class of its own.</source>
        <translation>No hay clase para cuando no hay nada: grabe el fondo vacío como una clase propia.</translation>
    </message>
    <message>
        <source>What to record next</source>
        <translation>Qué grabar después</translation>
    </message>
</context>
<context>
    <name>CollectPage</name>
    <message>
        <source>“{name}” is being recorded.</source>
        <translation>Se está grabando «{name}».</translation>
    </message>
    <message>
        <source>There is no live picture to record: choose a source that gives one.</source>
        <translation>No hay imagen en directo que grabar: elija una fuente que la dé.</translation>
    </message>
    <message>
        <source>held out to test</source>
        <translation>reservadas para probar</translation>
    </message>
    <message>
        <source>to learn from</source>
        <translation>para aprender</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) kept</source>
        <translation>
            <numerusform>%n imagen guardada</numerusform>
            <numerusform>%n imágenes guardadas</numerusform>
        </translation>
    </message>
    <message>
        <source>Open a project on the Start page</source>
        <translation>Abra un proyecto en la página Inicio</translation>
    </message>
    <message>
        <source>Rename the class</source>
        <translation>Cambiar el nombre de la clase</translation>
    </message>
    <message>
        <source>New name</source>
        <translation>Nombre nuevo</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Clases</translation>
    </message>
    <message>
        <source>Recordings ({count})</source>
        <translation>Grabaciones ({count})</translation>
    </message>
</context>
<context>
    <name>ConfusionView</name>
    <message>
        <source>Confusion matrix: a row for each true class, a column for each answer</source>
        <translation>Matriz de confusión: una fila por clase verdadera, una columna por respuesta</translation>
    </message>
</context>
<context>
    <name>Core</name>
    <message>
        <source>no such file, folder or camera: {text}. Cameras: {cameras}. {others}</source>
        <translation>no hay tal archivo, carpeta ni cámara: {text}. Cámaras: {cameras}. {others}</translation>
    </message>
    <message>
        <source>sources of the kind {kind} are not allowed: {others}</source>
        <translation>las fuentes del tipo {kind} no se admiten: {others}</translation>
    </message>
    <message>
        <source>use one of {forms}</source>
        <translation>use una de estas formas: {forms}</translation>
    </message>
    <message>
        <source>none found</source>
        <translation>ninguna</translation>
    </message>
    <message>
        <source>camera {name} is disconnected or gives no pictures: check its cable</source>
        <translation>la cámara {name} está desconectada o no da imágenes: revise el cable</translation>
    </message>
    <message>
        <source>camera {name} not found: {others}</source>
        <translation>no se encuentra la cámara {name}: {others}</translation>
    </message>
    <message>
        <source>camera {name} is in use by another program or gives no pictures: close that program; {others}</source>
        <translation>otro programa usa la cámara {name}, o no da imágenes: cierre ese programa; {others}</translation>
    </message>
    <message>
        <source>no permission to use camera {name}: add this user to the group that owns {path} (usually: sudo usermod -aG video $USER) and log in again</source>
        <translation>falta permiso para usar la cámara {name}: añada este usuario al grupo al que pertenece {path} (normalmente: sudo usermod -aG video $USER) y vuelva a iniciar la sesión</translation>
    </message>
    <message>
        <source>no other camera is connected; {others}</source>
        <translation>no hay otra cámara conectada; {others}</translation>
    </message>
    <message>
        <source>a video file, a folder of pictures, a stream address or demo://conveyor can be used instead</source>
        <translation>en su lugar sirven un vídeo, una carpeta de imágenes, la dirección de una transmisión o demo://conveyor</translation>
    </message>
    <message>
        <source>there is {cameras}</source>
        <translation>hay {cameras}</translation>
    </message>
    <message>
        <source>connecting to {name} ({seconds} s)</source>
        <translation>conectando con {name} ({seconds} s)</translation>
    </message>
    <message>
        <source>connecting to {name}</source>
        <translation>conectando con {name}</translation>
    </message>
    <message>
        <source>{reason}; trying again in {seconds} s</source>
        <translation>{reason}; nuevo intento en {seconds} s</translation>
    </message>
    <message>
        <source>no frame from {name} for {seconds} s</source>
        <translation>{name} no da imágenes desde hace {seconds} s</translation>
    </message>
    <message>
        <source>{name} sends damaged frames only: {count} dropped</source>
        <translation>{name} solo envía imágenes dañadas: {count} desechadas</translation>
    </message>
    <message>
        <source>{name} sends no more frames</source>
        <translation>{name} no envía más imágenes</translation>
    </message>
    <message>
        <source>{name} ended the stream</source>
        <translation>{name} terminó la transmisión</translation>
    </message>
    <message>
        <source>{name} closed the connection</source>
        <translation>{name} cerró la conexión</translation>
    </message>
    <message>
        <source>no whole frame from {name} for {seconds} s</source>
        <translation>ninguna imagen entera de {name} desde hace {seconds} s</translation>
    </message>
    <message>
        <source>no answer from {name} for {seconds} s</source>
        <translation>{name} no responde desde hace {seconds} s</translation>
    </message>
    <message>
        <source>nothing listens at {name} (connection refused): check address and port</source>
        <translation>nadie escucha en {name} (conexión rechazada): revise la dirección y el puerto</translation>
    </message>
    <message>
        <source>the host {name} is not known: check its name and the network</source>
        <translation>no se conoce el equipo {name}: revise su nombre y la red</translation>
    </message>
    <message>
        <source>the connection to {name} broke: {reason}</source>
        <translation>se cortó la conexión con {name}: {reason}</translation>
    </message>
    <message>
        <source>{name} asks for a user name and a password: write {address}</source>
        <translation>{name} pide usuario y contraseña: escriba {address}</translation>
    </message>
    <message>
        <source>{name} did not accept the user name and password (401)</source>
        <translation>{name} no aceptó el usuario y la contraseña (401)</translation>
    </message>
    <message>
        <source>{name} was not found (404): check the path in the camera&apos;s manual</source>
        <translation>no se encontró {name} (404): busque la ruta en el manual de la cámara</translation>
    </message>
    <message>
        <source>{name} answers with a web page, not a video stream: {others}</source>
        <translation>{name} responde con una página web, no con vídeo: {others}</translation>
    </message>
    <message>
        <source>give the address of the MJPEG stream itself</source>
        <translation>indique la dirección de la propia transmisión MJPEG</translation>
    </message>
    <message>
        <source>the {scheme} address names no host: write {example}</source>
        <translation>a la dirección {scheme} le falta el equipo: escriba {example}</translation>
    </message>
    <message>
        <source>unknown kind of address {kind}: use one of {forms}</source>
        <translation>tipo de dirección desconocido, {kind}: use uno de {forms}</translation>
    </message>
    <message>
        <source>{count} frames read</source>
        <translation>{count} imágenes leídas</translation>
    </message>
    <message>
        <source>{count} frames shown</source>
        <translation>{count} imágenes mostradas</translation>
    </message>
    <message>
        <source>{name} is not a readable video: damaged, or not one of {codecs}</source>
        <translation>{name} no es un vídeo legible: está dañado o no es de {codecs}</translation>
    </message>
    <message>
        <source>{name} is damaged: not one frame of it can be decoded; record or copy it again</source>
        <translation>{name} está dañado: no se puede leer ninguna de sus imágenes; grábelo o cópielo otra vez</translation>
    </message>
    <message>
        <source>no pictures in the folder {path}: expected JPEG or PNG files</source>
        <translation>no hay imágenes en la carpeta {path}: se esperan archivos JPEG o PNG</translation>
    </message>
    <message>
        <source>no image was kept: all {count} frames were skipped: {skipped}</source>
        <translation>no se guardó ninguna imagen: se omitieron todas, {count}: {skipped}</translation>
    </message>
    <message>
        <source>no image was kept: {name} gave no frame: {reason}</source>
        <translation>no se guardó ninguna imagen: {name} no dio ninguna: {reason}</translation>
    </message>
    <message>
        <source>no image was kept: {name} gave no frame</source>
        <translation>no se guardó ninguna imagen: {name} no dio ninguna</translation>
    </message>
    <message>
        <source>cannot write {path}: {reason}</source>
        <translation>no se puede escribir {path}: {reason}</translation>
    </message>
    <message>
        <source>cannot read {path}: {reason}</source>
        <translation>no se puede leer {path}: {reason}</translation>
    </message>
    <message>
        <source>cannot use {path}: {reason} ({details})</source>
        <translation>no se puede usar {path}: {reason} ({details})</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>el disco está lleno</translation>
    </message>
    <message>
        <source>the disk is full; free some space</source>
        <translation>el disco está lleno; libere espacio</translation>
    </message>
    <message>
        <source>the disk quota is used up</source>
        <translation>se agotó la cuota de disco</translation>
    </message>
    <message>
        <source>the disk is read-only</source>
        <translation>el disco es de solo lectura</translation>
    </message>
    <message>
        <source>the disk or the file is read-only</source>
        <translation>el disco o el archivo es de solo lectura</translation>
    </message>
    <message>
        <source>the disk reports an error</source>
        <translation>el disco comunica un error</translation>
    </message>
    <message>
        <source>the disk reports an error or is full</source>
        <translation>el disco comunica un error o está lleno</translation>
    </message>
    <message>
        <source>permission is denied</source>
        <translation>falta permiso</translation>
    </message>
    <message>
        <source>the folder is gone</source>
        <translation>la carpeta ya no está</translation>
    </message>
    <message>
        <source>the folder is gone, read-only or may not be entered</source>
        <translation>la carpeta ya no está, es de solo lectura o no se puede entrar en ella</translation>
    </message>
    <message>
        <source>there is no such file</source>
        <translation>no hay tal archivo</translation>
    </message>
    <message>
        <source>another program has been writing to it for {seconds} s; close that one first</source>
        <translation>otro programa escribe en él desde hace {seconds} s; ciérrelo primero</translation>
    </message>
    <message>
        <source>cannot create a project in {path}: it is not an empty folder; choose another name</source>
        <translation>no se puede crear un proyecto en {path}: no es una carpeta vacía; elija otro nombre</translation>
    </message>
    <message>
        <source>{path} is not a project: it has no {name}; choose a project folder or create one</source>
        <translation>{path} no es un proyecto: no tiene {name}; elija la carpeta de un proyecto o cree uno</translation>
    </message>
    <message>
        <source>{path} is damaged: {details}; correct it by hand</source>
        <translation>{path} está dañado: {details}; corríjalo a mano</translation>
    </message>
    <message>
        <source>{path} is damaged: {details}; restore it from a copy</source>
        <translation>{path} está dañado: {details}; restáurelo de una copia</translation>
    </message>
    <message>
        <source>{path} was made by a newer version (format {version}); this one reads up to {newest}: upgrade edge-transfer</source>
        <translation>{path} es de una versión más nueva (formato {version}); esta lee hasta {newest}: actualice edge-transfer</translation>
    </message>
    <message>
        <source>the project folder {path} is gone: find it and open it again</source>
        <translation>la carpeta del proyecto, {path}, ya no está: búsquela y ábrala otra vez</translation>
    </message>
    <message>
        <source>{path} is open for reading only: nothing was changed</source>
        <translation>{path} está abierto solo para lectura: no se cambió nada</translation>
    </message>
    <message>
        <source>{path} is gone or was replaced: find the project folder and open it again</source>
        <translation>{path} ya no está o fue sustituido: busque la carpeta del proyecto y ábrala otra vez</translation>
    </message>
    <message>
        <source>there is a class {name} already: use that one or choose another name</source>
        <translation>ya hay una clase {name}: use esa o elija otro nombre</translation>
    </message>
    <message>
        <source>the class name {name} shows nothing: use letters, digits or signs</source>
        <translation>el nombre de clase {name} no muestra nada: use letras, cifras o signos</translation>
    </message>
    <message>
        <source>the class name {name}… has {count} characters: use at most {most}</source>
        <translation>el nombre de clase {name}… tiene {count} caracteres: use {most} como mucho</translation>
    </message>
    <message>
        <source>the class name {name} holds the control character {character}</source>
        <translation>el nombre de clase {name} contiene el carácter de control {character}</translation>
    </message>
    <message>
        <source>adding from {name}</source>
        <translation>añadir desde {name}</translation>
    </message>
    <message>
        <source>adding class {name}</source>
        <translation>añadir la clase {name}</translation>
    </message>
    <message>
        <source>renaming class {old} to {new}</source>
        <translation>cambiar el nombre de la clase {old} a {new}</translation>
    </message>
    <message>
        <source>moving session {session} from {old} to {new}</source>
        <translation>pasar la grabación {session} de {old} a {new}</translation>
    </message>
    <message>
        <source>moving session {session} to the trash</source>
        <translation>llevar la grabación {session} a la papelera</translation>
    </message>
    <message>
        <source>moving to class {name}</source>
        <translation>mover a la clase {name}</translation>
    </message>
    <message>
        <source>moving to the trash</source>
        <translation>llevar a la papelera</translation>
    </message>
    <message>
        <source>{path} is no folder: give the folder that holds the class folders</source>
        <translation>{path} no es una carpeta: indique la que contiene las carpetas de las clases</translation>
    </message>
    <message>
        <source>{path} holds no class folders: put the pictures of each class into a folder of its name</source>
        <translation>{path} no contiene carpetas de clases: ponga las imágenes de cada clase en una carpeta con su nombre</translation>
    </message>
    <message>
        <source>{path} has a header but no rows: add a line for each picture</source>
        <translation>{path} tiene cabecera pero ninguna fila: añada una línea por imagen</translation>
    </message>
    <message>
        <source>nothing could be imported from {path}: {reason}</source>
        <translation>no se pudo importar nada de {path}: {reason}</translation>
    </message>
    <message>
        <source>frames to label: {count}; the class is what the model guessed; nothing learns from it until you confirm or correct it under Review</source>
        <translation>imágenes por etiquetar: {count}; la clase es lo que supuso el modelo; nada aprende de ella hasta que usted la confirme o corrija en Revisión</translation>
    </message>
    <message>
        <source>frames left in the trash, where they were put before: {count}</source>
        <translation>imágenes que se quedan en la papelera, donde ya estaban: {count}</translation>
    </message>
    <message>
        <source>{path} is no ring of frames, it has no {name}: give the folder of `watch --ring`</source>
        <translation>{path} no es un anillo de imágenes, no tiene {name}: indique la carpeta de `watch --ring`</translation>
    </message>
    <message>
        <source>{path} holds frames from a box: open the project its bundle came from, and import there</source>
        <translation>{path} contiene imágenes de un equipo: abra el proyecto del que salió su paquete e impórtelas allí</translation>
    </message>
    <message>
        <source>{path} holds no frame yet: `watch --ring` keeps those that the model is unsure of</source>
        <translation>{path} aún no contiene ninguna imagen: `watch --ring` guarda aquellas de las que el modelo no está seguro</translation>
    </message>
    <message>
        <source>the .json beside it is missing: the box was stopped while it wrote the frame</source>
        <translation>falta el .json que la acompaña: el equipo se detuvo mientras escribía la imagen</translation>
    </message>
    <message>
        <source>the project has none of the classes {names}: was it another project&apos;s bundle?</source>
        <translation>el proyecto no tiene ninguna de las clases {names}: ¿era el paquete de otro proyecto?</translation>
    </message>
    <message>
        <source>the label is empty</source>
        <translation>la etiqueta está vacía</translation>
    </message>
    <message>
        <source>the path is empty</source>
        <translation>la ruta está vacía</translation>
    </message>
    <message>
        <source>the file does not exist</source>
        <translation>el archivo no existe</translation>
    </message>
    <message>
        <source>empty file</source>
        <translation>archivo vacío</translation>
    </message>
    <message>
        <source>not a picture: its first bytes belong to no supported format</source>
        <translation>no es una imagen: sus primeros bytes no son de ningún formato admitido</translation>
    </message>
    <message>
        <source>the file is cut off: another picture begins before its end</source>
        <translation>el archivo está cortado: otra imagen empieza antes de su final</translation>
    </message>
    <message>
        <source>damaged {name}: its pixels cannot be decoded</source>
        <translation>{name} dañado: sus píxeles no se pueden leer</translation>
    </message>
    <message>
        <source>there is no image in the split {split}: record or import some</source>
        <translation>no hay imágenes en la parte {split}: grabe o importe algunas</translation>
    </message>
    <message>
        <source>only the class {name} has images: a classifier needs at least two; record a second class, for example the empty background</source>
        <translation>solo la clase {name} tiene imágenes: un clasificador necesita al menos dos; grabe otra clase, por ejemplo el fondo vacío</translation>
    </message>
    <message>
        <source>a classifier needs at least two classes: record another one</source>
        <translation>un clasificador necesita al menos dos clases: grabe otra</translation>
    </message>
    <message>
        <source>a head needs images of at least two classes</source>
        <translation>hacen falta imágenes de al menos dos clases</translation>
    </message>
    <message>
        <source>no class has enough images to hold some out: record more</source>
        <translation>ninguna clase tiene imágenes suficientes para reservar algunas: grabe más</translation>
    </message>
    <message>
        <source>every capture session held out takes all images of a class: record more sessions</source>
        <translation>reservar una grabación deja a alguna clase sin imágenes: haga más grabaciones</translation>
    </message>
    <message>
        <source>there is no image to review: record or import some</source>
        <translation>no hay imágenes que revisar: grabe o importe algunas</translation>
    </message>
    <message>
        <source>there are no samples to embed: record or import some</source>
        <translation>no hay imágenes: grabe o importe algunas</translation>
    </message>
    <message>
        <source>{name} is {value}; allowed is {allowed}</source>
        <translation>{value} no vale; se admite: {allowed}</translation>
    </message>
    <message>
        <source>above {number}</source>
        <translation>más de {number}</translation>
    </message>
    <message>
        <source>the run {name} is damaged: {file} is missing or was changed; train again</source>
        <translation>el modelo {name} está dañado: {file} falta o fue cambiado; entrene otra vez</translation>
    </message>
    <message>
        <source>it learned from {used} of {all} images, the same share of every class: the embeddings of more would not fit into the memory of a small computer</source>
        <translation>aprendió de {used} de {all} imágenes, la misma parte de cada clase: los vectores de más no cabrían en la memoria de un ordenador pequeño</translation>
    </message>
    <message>
        <source>no image of {name} (it has {count}) could be held out: it is trained but not validated; record another session of it</source>
        <translation>no se pudo reservar ninguna imagen de {name} (tiene {count}): se entrena pero no se valida; grabe otra sesión de esa clase</translation>
    </message>
    <message>
        <source>{largest} has {count} images and {smallest} {number}: every class weighs the same in the training; read the recall of each class, not only the accuracy</source>
        <translation>{largest} tiene {count} imágenes y {smallest} {number}: todas las clases pesan lo mismo en el entrenamiento; mire los aciertos de cada clase, no solo el total</translation>
    </message>
    <message>
        <source>{count} pictures were left out: {reason}</source>
        <translation>se dejaron fuera {count} imágenes: {reason}</translation>
    </message>
    <message>
        <source>head and strength are those of {run}</source>
        <translation>la cabeza y su fuerza son las de {run}</translation>
    </message>
    <message>
        <source>fine-tuning was tried and not kept: on the same {count} held-out images it is right on {share}, the probe on {other}</source>
        <translation>se probó el ajuste fino y no se conservó: en las mismas {count} imágenes reservadas acierta {share}, la sonda, {other}</translation>
    </message>
    <message>
        <source>{blocks} of {all} blocks learned; epoch {epoch} of {count} was the best</source>
        <translation>aprendieron {blocks} de {all} bloques; la ronda {epoch} de {count} fue la mejor</translation>
    </message>
    <message>
        <source>{blocks} of {all} blocks learned; epoch {epoch} of {count} was the best: on {number} held-out images it is right on {share}, the probe on {other}</source>
        <translation>aprendieron {blocks} de {all} bloques; la ronda {epoch} de {count} fue la mejor: en {number} imágenes reservadas acierta {share}, la sonda, {other}</translation>
    </message>
    <message>
        <source>the fine-tuning began with the head {name}: {other}, which the probe has, is not linear and cannot learn together with a backbone</source>
        <translation>el ajuste fino empezó con la cabeza {name}: {other}, la de la sonda, no es lineal y no puede aprender junto con la red</translation>
    </message>
    <message>
        <source>cancelled: this is the best epoch until then</source>
        <translation>cancelado: esta es la mejor ronda hasta entonces</translation>
    </message>
    <message>
        <source>the {number} minutes were over in epoch {epoch}</source>
        <translation>los {number} minutos se acabaron en la ronda {epoch}</translation>
    </message>
    <message>
        <source>no epoch was better than epoch {number}</source>
        <translation>ninguna ronda fue mejor que la ronda {number}</translation>
    </message>
    <message>
        <source>the loss was {number} in epoch {epoch} at a learning rate of {rate}: what was learned before it is kept; try a lower one</source>
        <translation>la pérdida fue {number} en la ronda {epoch} con una tasa de aprendizaje de {rate}: se conserva lo aprendido antes; pruebe con una menor</translation>
    </message>
    <message>
        <source>{path} is there already: choose another name</source>
        <translation>{path} ya existe: elija otro nombre</translation>
    </message>
    <message>
        <source>{path} is not a bundle: it has no {name}</source>
        <translation>{path} no es un paquete: no tiene {name}</translation>
    </message>
    <message>
        <source>the bundle is incomplete: {name} is missing</source>
        <translation>el paquete está incompleto: falta {name}</translation>
    </message>
    <message>
        <source>{name} does not match its checksum: it was changed or damaged; copy the bundle again</source>
        <translation>{name} no coincide con su suma de control: fue cambiado o dañado; copie el paquete otra vez</translation>
    </message>
    <message>
        <source>{name} is not a part of the bundle: keep other files outside its folder</source>
        <translation>{name} no es parte del paquete: tenga los demás archivos fuera de su carpeta</translation>
    </message>
    <message>
        <source>no engine is installed: pip install openvino or onnxruntime</source>
        <translation>no hay ningún motor instalado: pip install openvino u onnxruntime</translation>
    </message>
    <message>
        <source>the engine {name} is not installed: pip install {package}</source>
        <translation>el motor {name} no está instalado: pip install {package}</translation>
    </message>
    <message>
        <source>the {name} process ended {reason}; nothing recorded is lost, and it starts again at the next use</source>
        <translation>el proceso {name} terminó {reason}; nada de lo grabado se pierde, y arranca de nuevo al usarlo</translation>
    </message>
    <message>
        <source>by signal {number} ({signal})</source>
        <translation>por la señal {number} ({signal})</translation>
    </message>
    <message>
        <source>with exit code {code}</source>
        <translation>con el código {code}</translation>
    </message>
    <message>
        <source>the {name} process was closed</source>
        <translation>el proceso {name} se cerró</translation>
    </message>
</context>
<context>
    <name>CoveragePanel</name>
    <message>
        <source>Threshold {value}</source>
        <translation>Umbral {value}</translation>
    </message>
    <message numerus="yes">
        <source>{coverage} answered, {accuracy} of those right · %n unknown(s)</source>
        <translation>
            <numerusform>{coverage} respondidas, {accuracy} de ellas correctas · %n desconocida</numerusform>
            <numerusform>{coverage} respondidas, {accuracy} de ellas correctas · %n desconocidas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wrong answer(s) given</source>
        <translation>
            <numerusform>%n respuesta errónea dada</numerusform>
            <numerusform>%n respuestas erróneas dadas</numerusform>
        </translation>
    </message>
    <message>
        <source>What a threshold buys</source>
        <translation>Qué aporta un umbral</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>Umbral</translation>
    </message>
    <message>
        <source>Answers less probable than this are “unknown” on the box</source>
        <translation>Las respuestas menos probables que esto son «desconocido» en el equipo</translation>
    </message>
    <message>
        <source>Use this threshold</source>
        <translation>Usar este umbral</translation>
    </message>
    <message>
        <source>Show the held-out folds</source>
        <translation>Ver los pliegues reservados</translation>
    </message>
    <message>
        <source>Back to the fitted threshold</source>
        <translation>Volver al umbral ajustado</translation>
    </message>
    <message>
        <source>Back to the fitted {value}</source>
        <translation>Volver al ajustado {value}</translation>
    </message>
    <message>
        <source>The training fitted {value}. A bundle keeps the threshold it was exported with: export again.</source>
        <translation>El entrenamiento ajustó {value}. Un paquete conserva el umbral con que se exportó: exporte de nuevo.</translation>
    </message>
    <message>
        <source>A threshold is chosen on the held-out folds: chosen on these pictures, they would prove nothing any more. Here the slider only shows what it does.</source>
        <translation>Un umbral se elige en los pliegues reservados: elegido con estas imágenes, ya no probarían nada. Aquí el control solo muestra su efecto.</translation>
    </message>
</context>
<context>
    <name>CoverageView</name>
    <message>
        <source>answers given</source>
        <translation>respuestas dadas</translation>
    </message>
    <message>
        <source>right among them</source>
        <translation>aciertos entre ellas</translation>
    </message>
    <message>
        <source>Answers given against answers that are right</source>
        <translation>Respuestas dadas frente a respuestas correctas</translation>
    </message>
</context>
<context>
    <name>Curves</name>
    <message>
        <source>loss</source>
        <translation>pérdida</translation>
    </message>
    <message>
        <source>right, %</source>
        <translation>aciertos, %</translation>
    </message>
    <message>
        <source>round</source>
        <translation>ronda</translation>
    </message>
    <message>
        <source>learned images</source>
        <translation>imágenes aprendidas</translation>
    </message>
    <message>
        <source>held-out images</source>
        <translation>imágenes reservadas</translation>
    </message>
    <message>
        <source>log loss</source>
        <translation>pérdida log.</translation>
    </message>
    <message>
        <source>strength C</source>
        <translation>fuerza C</translation>
    </message>
    <message>
        <source>Round {epoch}: loss {loss} on what is learned</source>
        <translation>Ronda {epoch}: pérdida {loss} en lo que se aprende</translation>
    </message>
    <message>
        <source>{loss} on held-out images, {share} of them right</source>
        <translation>{loss} en las imágenes reservadas, con {share} de aciertos</translation>
    </message>
    <message>
        <source>The curves of the training appear here.</source>
        <translation>Aquí aparecen las curvas del entrenamiento.</translation>
    </message>
    <message>
        <source>A single strength was tried: {share} of the held-out images were right.</source>
        <translation>Se probó una sola fuerza: {share} de aciertos en las imágenes reservadas.</translation>
    </message>
    <message>
        <source>{count} strengths were tried on held-out images; the one with the smallest log loss, {strength} (dashed), was taken: {share} right.</source>
        <translation>Se probaron {count} fuerzas con imágenes reservadas; se tomó la de menor pérdida logarítmica, {strength} (línea discontinua): {share} de aciertos.</translation>
    </message>
    <message>
        <source>How it went</source>
        <translation>Cómo fue</translation>
    </message>
</context>
<context>
    <name>Decisions</name>
    <message>
        <source>Chosen</source>
        <translation>Elegido</translation>
    </message>
    <message>
        <source>In the bundle</source>
        <translation>En el paquete</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Descartado</translation>
    </message>
    <message>
        <source>here</source>
        <translation>aquí</translation>
    </message>
    <message>
        <source>on the box</source>
        <translation>en el equipo</translation>
    </message>
    <message>
        <source>percentile</source>
        <translation>percentiles</translation>
    </message>
    <message>
        <source>entropy</source>
        <translation>entropía</translation>
    </message>
    <message>
        <source>minimum and maximum</source>
        <translation>mínimo y máximo</translation>
    </message>
    <message>
        <source>bias correction</source>
        <translation>corrección del sesgo</translation>
    </message>
    <message>
        <source>accuracy control</source>
        <translation>control de exactitud</translation>
    </message>
    <message>
        <source>the only engine here</source>
        <translation>el único motor de esta máquina</translation>
    </message>
    <message>
        <source>equal to the trained model</source>
        <translation>igual al modelo entrenado</translation>
    </message>
    <message>
        <source>{equal} and the fastest {where}</source>
        <translation>{equal} y el más rápido {where}</translation>
    </message>
    <message>
        <source>{equal}, takes {times} times as long as the chosen one {where}</source>
        <translation>{equal}, tarda {times} veces lo que el elegido {where}</translation>
    </message>
    <message>
        <source>{equal}, not measured on the box</source>
        <translation>{equal}, sin medir en el equipo</translation>
    </message>
    <message>
        <source>not measured on the box</source>
        <translation>sin medir en el equipo</translation>
    </message>
    <message>
        <source>slower than FP32 ({slow} against {full} ms) on {processor}</source>
        <translation>más lento que FP32 ({slow} frente a {full} ms) en {processor}</translation>
    </message>
    <message>
        <source>{way}: {problem}</source>
        <translation>{way}: {problem}</translation>
    </message>
    <message>
        <source>could not be quantised: {why}</source>
        <translation>no se pudo cuantizar: {why}</translation>
    </message>
    <message>
        <source>{equal}, by {way}</source>
        <translation>{equal}, por {way}</translation>
    </message>
    <message>
        <source>{gain} points on {n} held-out samples ({source})</source>
        <translation>{gain} puntos en {n} muestras reservadas ({source})</translation>
    </message>
    <message>
        <source>loses {lost} points on {n} held-out samples, allowed are {allowed}</source>
        <translation>pierde {lost} puntos en {n} muestras reservadas; se admiten {allowed}</translation>
    </message>
    <message>
        <source>{name} loses {lost} points on held-out samples, allowed are {allowed}</source>
        <translation>{name} pierde {lost} puntos en muestras reservadas; se admiten {allowed}</translation>
    </message>
</context>
<context>
    <name>Disagreements</name>
    <message>
        <source>unknown (perhaps {name} {percent})</source>
        <translation>desconocido (quizá {name} {percent})</translation>
    </message>
    <message numerus="yes">
        <source>They disagree on {count} of %n frame(s), {share}</source>
        <translation>
            <numerusform>No coinciden en {count} de %n imagen, {share}</numerusform>
            <numerusform>No coinciden en {count} de %n imágenes, {share}</numerusform>
        </translation>
    </message>
    <message>
        <source>The last frames on which they disagree will stand here.</source>
        <translation>Aquí estarán las últimas imágenes en que no coinciden.</translation>
    </message>
    <message>
        <source>The last frames on which the bundles disagree</source>
        <translation>Las últimas imágenes en que los paquetes no coinciden</translation>
    </message>
    <message>
        <source>Count anew</source>
        <translation>Contar de nuevo</translation>
    </message>
    <message>
        <source>By each bundle&apos;s own threshold, without smoothing</source>
        <translation>Con el umbral de cada paquete, sin suavizado</translation>
    </message>
</context>
<context>
    <name>EmbeddingMap</name>
    <message>
        <source>Map of the images</source>
        <translation>Mapa de las imágenes</translation>
    </message>
    <message>
        <source>“Check the labels” draws a map: what looks alike to the model lies together.</source>
        <translation>«Comprobar las etiquetas» dibuja un mapa: lo que el modelo ve parecido está junto.</translation>
    </message>
    <message>
        <source>Draw around points with the left button to select them. Wheel: zoom; right button: move.</source>
        <translation>Rodee puntos con el botón izquierdo para elegirlos. Rueda: ampliar; botón derecho: mover.</translation>
    </message>
    <message>
        <source>{drawn} of {count} points are drawn; the lasso takes all.</source>
        <translation>Se dibujan {drawn} de {count} puntos; el lazo los toma todos.</translation>
    </message>
</context>
<context>
    <name>EvaluateBar</name>
    <message numerus="yes">
        <source>about %n second(s) left</source>
        <translation>
            <numerusform>queda %n segundo</numerusform>
            <numerusform>quedan unos %n segundos</numerusform>
        </translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Pictures it is measured on</source>
        <translation>Imágenes con las que se mide</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>Medir otra vez</translation>
    </message>
    <message>
        <source>Open the report</source>
        <translation>Abrir el informe</translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation>Progreso de la medición</translation>
    </message>
    <message>
        <source>Test: held-out recordings</source>
        <translation>Prueba: reservadas</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>Validación</translation>
    </message>
    <message>
        <source>Held-out folds</source>
        <translation>Pliegues reservados</translation>
    </message>
    <message>
        <source>Training: learned from</source>
        <translation>Entrenamiento: ya aprendidas</translation>
    </message>
    <message>
        <source>There is no picture yet</source>
        <translation>Todavía no hay imágenes</translation>
    </message>
    <message>
        <source>{id} (damaged)</source>
        <translation>{id} (dañado)</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EvaluateEmpty</name>
    <message>
        <source>Go to Start</source>
        <translation>Ir a Inicio</translation>
    </message>
    <message>
        <source>Nothing is open</source>
        <translation>No hay nada abierto</translation>
    </message>
    <message>
        <source>Open a project on the Start page.</source>
        <translation>Abra un proyecto en la página Inicio.</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>Ir a Entrenamiento</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Midiendo…</translation>
    </message>
    <message>
        <source>The run is asked about every picture.</source>
        <translation>Se pregunta al modelo por cada imagen.</translation>
    </message>
    <message>
        <source>The run cannot be measured</source>
        <translation>El modelo no se puede medir</translation>
    </message>
    <message>
        <source>There is no run yet</source>
        <translation>Todavía no hay ningún modelo</translation>
    </message>
    <message>
        <source>Train a model first; then this page says how good it really is.</source>
        <translation>Entrene primero un modelo; esta página dirá entonces lo bueno que es de verdad.</translation>
    </message>
    <message>
        <source>Record a test session</source>
        <translation>Grabar una sesión de prueba</translation>
    </message>
    <message>
        <source>There are no such pictures yet</source>
        <translation>Todavía no hay imágenes de este tipo</translation>
    </message>
    <message>
        <source>Record another session of each class, best on another day or in other light: it is held out to test. Until then the held-out folds of the training give a first idea.</source>
        <translation>Grabe otra sesión de cada clase, mejor otro día o con otra luz: se reserva para probar. Hasta entonces los pliegues reservados del entrenamiento dan una primera idea.</translation>
    </message>
    <message>
        <source>Show the held-out folds</source>
        <translation>Ver los pliegues reservados</translation>
    </message>
</context>
<context>
    <name>EvaluateHeadline</name>
    <message>
        <source>Right: {share}</source>
        <translation>Aciertos: {share}</translation>
    </message>
    <message numerus="yes">
        <source>{right} of %n picture(s) right</source>
        <translation>
            <numerusform>{right} de %n imagen acertada</numerusform>
            <numerusform>{right} de %n imágenes acertadas</numerusform>
        </translation>
    </message>
    <message>
        <source>▲ Optimistic</source>
        <translation>▲ Optimista</translation>
    </message>
    <message>
        <source>✓ An honest number</source>
        <translation>✓ Una cifra honesta</translation>
    </message>
    <message>
        <source>Expect less in use: {reasons}.</source>
        <translation>En el uso real cabe esperar menos: {reasons}.</translation>
    </message>
    <message>
        <source>Nothing was learned from these pictures and nothing was chosen on them.</source>
        <translation>Con estas imágenes no se aprendió ni se eligió nada.</translation>
    </message>
    <message>
        <source>All come from a single recording: another day may be different.</source>
        <translation>Todas vienen de una sola grabación: otro día puede ser distinto.</translation>
    </message>
    <message>
        <source>Frames of one recording resemble each other: the true interval is wider.</source>
        <translation>Las imágenes de una grabación se parecen: el intervalo verdadero es más amplio.</translation>
    </message>
    <message>
        <source>Few pictures: the truth may lie anywhere from {low} to {high}.</source>
        <translation>Pocas imágenes: la verdad puede estar entre {low} y {high}.</translation>
    </message>
    <message>
        <source>Not clearly better than always saying the most frequent class.</source>
        <translation>No es claramente mejor que responder siempre la clase más frecuente.</translation>
    </message>
    <message>
        <source>Nothing is known about {names}: no picture was tested.</source>
        <translation>Nada se sabe de {names}: no se probó ninguna imagen.</translation>
    </message>
    <message>
        <source>the model learned from these very pictures</source>
        <translation>el modelo aprendió con estas mismas imágenes</translation>
    </message>
    <message>
        <source>the model was chosen on these pictures</source>
        <translation>el modelo se eligió con estas imágenes</translation>
    </message>
    <message>
        <source>the images came without capture sessions and were split at random</source>
        <translation>las imágenes llegaron sin sesiones de captura y se repartieron al azar</translation>
    </message>
    <message>
        <source>the model learned from {0} of these {1} pictures: train again</source>
        <translation>el modelo aprendió con {0} de estas {1} imágenes: entrene de nuevo</translation>
    </message>
    <message>
        <source>all training frames of {0} come from one recording: record a second one in other light</source>
        <translation>todas las imágenes de entrenamiento de {0} vienen de una sola grabación: grabe otra con otra luz</translation>
    </message>
</context>
<context>
    <name>EvaluatePage</name>
    <message>
        <source>The robustness is being measured.</source>
        <translation>Se está midiendo la robustez.</translation>
    </message>
    <message>
        <source>The run uses the threshold {value} now</source>
        <translation>El modelo usa ahora el umbral {value}</translation>
    </message>
    <message>
        <source>The report is here: {path}</source>
        <translation>El informe está aquí: {path}</translation>
    </message>
    <message>
        <source>Now a picture of {name}; Ctrl+Z takes it back</source>
        <translation>Ahora es una imagen de {name}; Ctrl+Z lo deshace</translation>
    </message>
</context>
<context>
    <name>EvaluateResult</name>
    <message>
        <source>Confusions</source>
        <translation>Confusiones</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Clases</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>Confianza</translation>
    </message>
    <message>
        <source>Mistakes</source>
        <translation>Errores</translation>
    </message>
    <message>
        <source>Robustness</source>
        <translation>Robustez</translation>
    </message>
    <message>
        <source>Can its confidence be believed?</source>
        <translation>¿Se puede creer su confianza?</translation>
    </message>
    <message>
        <source>Which classes are confused</source>
        <translation>Qué clases se confunden</translation>
    </message>
    <message>
        <source>Rows: what it is. Columns: what the model says. The diagonal is right.</source>
        <translation>Filas: lo que es. Columnas: lo que dice el modelo. La diagonal es correcta.</translation>
    </message>
    <message>
        <source>Choose a cell with the mouse or the arrow keys.</source>
        <translation>Elija una celda con el ratón o las flechas.</translation>
    </message>
    <message>
        <source>On the dashed line it is as often right as it says; below it, it is too sure. Mean distance (ECE): {ece}. Pale bars have fewer than ten answers.</source>
        <translation>Sobre la línea discontinua acierta tanto como dice; por debajo, está demasiado seguro. Distancia media (ECE): {ece}. Las barras pálidas tienen menos de diez respuestas.</translation>
    </message>
    <message numerus="yes">
        <source>{truth}, recognised: %n</source>
        <translation>
            <numerusform>{truth}, reconocida: %n</numerusform>
            <numerusform>{truth}, reconocidas: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{truth}, taken for {answer}: %n</source>
        <translation>
            <numerusform>{truth}, tomada por {answer}: %n</numerusform>
            <numerusform>{truth}, tomadas por {answer}: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wrong answer(s), the surest first. Look for wrong labels before you blame the model.</source>
        <translation>
            <numerusform>%n respuesta errónea. Busque una etiqueta equivocada antes de culpar al modelo.</numerusform>
            <numerusform>%n respuestas erróneas, primero las más seguras. Busque etiquetas equivocadas antes de culpar al modelo.</numerusform>
        </translation>
    </message>
    <message>
        <source>Not a single mistake on these pictures.</source>
        <translation>Ni un solo error con estas imágenes.</translation>
    </message>
</context>
<context>
    <name>ExportForm</name>
    <message>
        <source>Train a model first: what a training makes is exported here.</source>
        <translation>Entrene primero un modelo: aquí se exporta lo que resulta del entrenamiento.</translation>
    </message>
    <message>
        <source>Give the whole path of the bundle.</source>
        <translation>Indique la ruta completa del paquete.</translation>
    </message>
    <message>
        <source>This is there already: choose another name.</source>
        <translation>Ya existe: elija otro nombre.</translation>
    </message>
    <message>
        <source>Where shall the bundle go?</source>
        <translation>¿Dónde se guarda el paquete?</translation>
    </message>
    <message>
        <source>clipboard</source>
        <translation>portapapeles</translation>
    </message>
    <message>
        <source>The box&apos;s benchmark (JSON)</source>
        <translation>Medición del equipo (JSON)</translation>
    </message>
    <message>
        <source>this machine</source>
        <translation>esta máquina</translation>
    </message>
    <message numerus="yes">
        <source>a box (%n model(s) measured, {where})</source>
        <translation>
            <numerusform>un equipo (%n modelo medido, {where})</numerusform>
            <numerusform>un equipo (%n modelos medidos, {where})</numerusform>
        </translation>
    </message>
    <message>
        <source>a box: its benchmark from a file…</source>
        <translation>un equipo: su medición en un archivo…</translation>
    </message>
    <message>
        <source>a box: its benchmark from the clipboard</source>
        <translation>un equipo: su medición en el portapapeles</translation>
    </message>
    <message>
        <source>where it is faster and as accurate</source>
        <translation>si es más rápido e igual de exacto</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nunca</translation>
    </message>
    <message>
        <source>always, where it is as accurate</source>
        <translation>siempre que sea igual de exacto</translation>
    </message>
    <message>
        <source>a folder</source>
        <translation>una carpeta</translation>
    </message>
    <message>
        <source>one .zip file</source>
        <translation>un solo archivo .zip</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Entrenamiento</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Para</translation>
    </message>
    <message>
        <source>INT8</source>
        <translation>INT8</translation>
    </message>
    <message>
        <source>As</source>
        <translation>Como</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Dónde</translation>
    </message>
    <message>
        <source>Folder or .zip of the bundle</source>
        <translation>Carpeta o .zip del paquete</translation>
    </message>
    <message>
        <source>Run to export</source>
        <translation>Entrenamiento que se exporta</translation>
    </message>
    <message>
        <source>When it was trained, backbone, strategy, accuracy on held-out pictures</source>
        <translation>Cuándo se entrenó, red base, estrategia y exactitud en imágenes reservadas</translation>
    </message>
    <message>
        <source>Machine that the bundle is for</source>
        <translation>Máquina para la que es el paquete</translation>
    </message>
    <message>
        <source>What “python -m edge_runtime benchmark --json” prints on the box says which model is the best there</source>
        <translation>Lo que escribe «python -m edge_runtime benchmark --json» en el equipo dice qué modelo es el mejor allí</translation>
    </message>
    <message>
        <source>Whether an INT8 model is made</source>
        <translation>Si se crea un modelo INT8</translation>
    </message>
    <message>
        <source>INT8 is made on this machine and measured like the others</source>
        <translation>INT8 se crea en esta máquina y se mide como los demás</translation>
    </message>
    <message>
        <source>Whether the bundle is a folder or one file</source>
        <translation>Si el paquete es una carpeta o un solo archivo</translation>
    </message>
    <message>
        <source>One file is easier to send; every verb reads it as it is, also on the box</source>
        <translation>Un solo archivo es más fácil de enviar; todas las órdenes lo leen tal cual, también en el equipo</translation>
    </message>
    <message>
        <source>Weights in half precision</source>
        <translation>Pesos en media precisión</translation>
    </message>
    <message>
        <source>Half the size for OpenVINO; the logits differ a little from the trained model&apos;s</source>
        <translation>La mitad del tamaño para OpenVINO; los logits difieren un poco de los del modelo entrenado</translation>
    </message>
    <message>
        <source>Choose where the bundle goes</source>
        <translation>Elegir dónde se guarda el paquete</translation>
    </message>
</context>
<context>
    <name>ExportPage</name>
    <message>
        <source>A bundle is being exported.</source>
        <translation>Se está exportando un paquete.</translation>
    </message>
    <message>
        <source>Exported: {path}</source>
        <translation>Exportado: {path}</translation>
    </message>
    <message>
        <source>The export was cancelled; nothing of it stays.</source>
        <translation>La exportación se canceló; no queda nada de ella.</translation>
    </message>
    <message>
        <source>Delete the bundle “{name}”? This cannot be undone.</source>
        <translation>¿Borrar el paquete «{name}»? No se puede deshacer.</translation>
    </message>
    <message>
        <source>Open a project on the Start page</source>
        <translation>Abra un proyecto en la página Inicio</translation>
    </message>
    <message>
        <source>There is nothing to export yet: train a model first.</source>
        <translation>Aún no hay nada que exportar: entrene primero un modelo.</translation>
    </message>
    <message>
        <source>Choose a run and press “Export”: every engine is converted, proved equal and measured here.</source>
        <translation>Elija un entrenamiento y pulse «Exportar»: cada motor se convierte, se comprueba que es igual y se mide aquí.</translation>
    </message>
</context>
<context>
    <name>ExportProgressCard</name>
    <message>
        <source>Cancelling…</source>
        <translation>Cancelando…</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>quedan unos {time}</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Stop the export; nothing half-written stays</source>
        <translation>Detener la exportación; no queda nada a medias</translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>“{text}” is not a number</source>
        <translation>«{text}» no es un número</translation>
    </message>
</context>
<context>
    <name>ForgettingDialog</name>
    <message>
        <source>Use this model?</source>
        <translation>¿Usar este modelo?</translation>
    </message>
    <message>
        <source>It has forgotten something: {names}</source>
        <translation>Ha olvidado algo: {names}</translation>
    </message>
    <message>
        <source>Held-out images that neither model has learned from were shown to run {earlier}, which is in use, and to run {later}. More than {points} points lost on a class, and more than one image, are too much to replace it without asking: a single image is chance.</source>
        <translation>Se mostraron imágenes apartadas, de las que ninguno de los dos modelos aprendió, al entrenamiento {earlier}, que está en uso, y a {later}. Perder más de {points} puntos en una clase, y más de una imagen, es demasiado para sustituirlo sin preguntar: una sola imagen es azar.</translation>
    </message>
    <message>
        <source>Keep the one in use</source>
        <translation>Conservar el que está en uso</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Usar este</translation>
    </message>
    <message>
        <source>Each class before and after</source>
        <translation>Cada clase antes y después</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Clase</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Antes</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Después</translation>
    </message>
    <message>
        <source>Points</source>
        <translation>Puntos</translation>
    </message>
    <message>
        <source>One image is</source>
        <translation>Una imagen es</translation>
    </message>
    <message>
        <source>▼ {name}</source>
        <translation>▼ {name}</translation>
    </message>
    <message>
        <source>none held out</source>
        <translation>ninguna apartada</translation>
    </message>
</context>
<context>
    <name>FrameReturns</name>
    <message>
        <source>This picture is in the project already: take it back there first, or wait for another.</source>
        <translation>Esta imagen ya está en el proyecto: quítela allí primero o espere otra.</translation>
    </message>
</context>
<context>
    <name>GalleryGrid</name>
    <message>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
</context>
<context>
    <name>GoneCard</name>
    <message>
        <source>Its folder is not there any more</source>
        <translation>Su carpeta ya no está ahí</translation>
    </message>
    <message>
        <source>Locate…</source>
        <translation>Localizar…</translation>
    </message>
    <message>
        <source>Locate {name}</source>
        <translation>Localizar {name}</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>Olvidar</translation>
    </message>
    <message>
        <source>Forget {name}</source>
        <translation>Olvidar {name}</translation>
    </message>
    <message>
        <source>Take it off this list; no file is touched</source>
        <translation>Lo quita de esta lista; no se toca ningún archivo</translation>
    </message>
</context>
<context>
    <name>ImageView</name>
    <message>
        <source>Camera picture</source>
        <translation>Imagen de la cámara</translation>
    </message>
    <message>
        <source>Arrow keys move it, with Shift they size it; Enter takes it, Escape gives up</source>
        <translation>Las flechas la mueven y, con Mayús, cambian su tamaño; Intro la acepta, Escape la descarta</translation>
    </message>
    <message>
        <source>Drag the region that the model shall see, or press an arrow key</source>
        <translation>Arrastre la región que verá el modelo, o pulse una flecha</translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Choose the folder that holds the class folders</source>
        <translation>Elija la carpeta que contiene las carpetas de las clases</translation>
    </message>
    <message>
        <source>Choose a list of pictures</source>
        <translation>Elija una lista de imágenes</translation>
    </message>
    <message>
        <source>Choose the folder of frames that came back from the box</source>
        <translation>Elija la carpeta de imágenes que volvieron del equipo</translation>
    </message>
    <message>
        <source>Looking at the pictures…</source>
        <translation>Mirando las imágenes…</translation>
    </message>
    <message>
        <source>{done} of {total}: {path}</source>
        <translation>{done} de {total}: {path}</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) taken.</source>
        <translation>
            <numerusform>%n imagen importada.</numerusform>
            <numerusform>%n imágenes importadas.</numerusform>
        </translation>
    </message>
    <message>
        <source>Taken: {count}</source>
        <translation>Importadas: {count}</translation>
    </message>
    <message>
        <source>There already: {count}</source>
        <translation>Ya estaban: {count}</translation>
    </message>
    <message>
        <source>In the project under another class, left there: {count}</source>
        <translation>En el proyecto con otra clase, se dejaron así: {count}</translation>
    </message>
    <message>
        <source>Unreadable or unusable: {count}</source>
        <translation>Ilegibles o inservibles: {count}</translation>
    </message>
    <message>
        <source>Classes: {names}</source>
        <translation>Clases: {names}</translation>
    </message>
    <message>
        <source>{file}: is {old} in the project, {new} in this import</source>
        <translation>{file}: es {old} en el proyecto, {new} en esta importación</translation>
    </message>
    <message>
        <source>… and {count} more</source>
        <translation>… y {count} más</translation>
    </message>
    <message>
        <source>Nothing more was imported:</source>
        <translation>No se importó nada más:</translation>
    </message>
    <message>
        <source>Stopped. What was taken so far is kept; import again to go on.</source>
        <translation>Detenido. Lo importado hasta ahora se conserva; importe otra vez para seguir.</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Deteniendo…</translation>
    </message>
    <message>
        <source>Import pictures into a new project</source>
        <translation>Importar imágenes a un proyecto nuevo</translation>
    </message>
    <message>
        <source>Import pictures</source>
        <translation>Importar imágenes</translation>
    </message>
    <message>
        <source>&amp;Pictures: a folder with a folder for each class, or a CSV file</source>
        <translation>&amp;Imágenes: una carpeta con una carpeta por clase, o un archivo CSV</translation>
    </message>
    <message>
        <source>&amp;Name of the new project</source>
        <translation>&amp;Nombre del proyecto nuevo</translation>
    </message>
    <message>
        <source>&amp;Where its folder goes</source>
        <translation>&amp;Dónde va su carpeta</translation>
    </message>
    <message>
        <source>The pictures are copied. A CSV file has the columns path and label, and may have split and session.</source>
        <translation>Las imágenes se copian. Un archivo CSV tiene las columnas path y label, y puede tener split y session.</translation>
    </message>
    <message>
        <source>Frames from the box have no label yet: Review shows them under “To label”.</source>
        <translation>Las imágenes del equipo aún no tienen etiqueta: la página Revisión las muestra en «Por etiquetar».</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Carpeta…</translation>
    </message>
    <message>
        <source>CSV…</source>
        <translation>CSV…</translation>
    </message>
    <message>
        <source>From the box…</source>
        <translation>Del equipo…</translation>
    </message>
    <message>
        <source>Frames that came back from the box: what `watch --ring` kept there, to label</source>
        <translation>Imágenes que volvieron del equipo: lo que guardó allí `watch --ring`, para etiquetar</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>Importar</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>Show the pictures</source>
        <translation>Mostrar las imágenes</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>What the import has done</source>
        <translation>Lo que hizo la importación</translation>
    </message>
</context>
<context>
    <name>IntervalBar</name>
    <message>
        <source>┆ most frequent class: {share}</source>
        <translation>┆ clase más frecuente: {share}</translation>
    </message>
    <message>
        <source>{share} right; 95 % interval {low} to {high}; the most frequent class alone {baseline}</source>
        <translation>{share} de aciertos; intervalo del 95 %: de {low} a {high}; solo la clase más frecuente: {baseline}</translation>
    </message>
</context>
<context>
    <name>KeysDialog</name>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <source>While recording</source>
        <translation>Al grabar</translation>
    </message>
    <message>
        <source>Record the selected class while held</source>
        <translation>Grabar la clase elegida mientras se mantiene</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Espacio</translation>
    </message>
    <message>
        <source>Record that class while held</source>
        <translation>Grabar esa clase mientras se mantiene</translation>
    </message>
    <message>
        <source>End a burst</source>
        <translation>Terminar una ráfaga</translation>
    </message>
    <message>
        <source>Escape</source>
        <translation>Escape</translation>
    </message>
    <message>
        <source>In the gallery and in live view</source>
        <translation>En la galería y en vivo</translation>
    </message>
    <message>
        <source>Move the selected images to that class</source>
        <translation>Mover las imágenes elegidas a esa clase</translation>
    </message>
    <message>
        <source>Move the selected images to the trash</source>
        <translation>Llevar las imágenes elegidas a la papelera</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supr</translation>
    </message>
    <message>
        <source>Accept the suggested labels</source>
        <translation>Aceptar las etiquetas sugeridas</translation>
    </message>
    <message>
        <source>Send the picture back under that class</source>
        <translation>Devolver la imagen con esa clase</translation>
    </message>
</context>
<context>
    <name>LabelCheck</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Check the labels</source>
        <translation>Comprobar las etiquetas</translation>
    </message>
    <message>
        <source>Find labels that are probably wrong, near-duplicates and unusual images (Ctrl+L)</source>
        <translation>Buscar etiquetas que quizá estén mal, casi duplicados e imágenes inusuales (Ctrl+L)</translation>
    </message>
    <message>
        <source>Progress of the check</source>
        <translation>Avance de la comprobación</translation>
    </message>
    <message>
        <source>Looking at the images</source>
        <translation>Mirando las imágenes</translation>
    </message>
    <message>
        <source>Asking the model about each image without its label</source>
        <translation>Preguntando al modelo por cada imagen sin su etiqueta</translation>
    </message>
    <message>
        <source>Looking for near-duplicates</source>
        <translation>Buscando casi duplicados</translation>
    </message>
    <message>
        <source>Drawing the map</source>
        <translation>Dibujando el mapa</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Empezando…</translation>
    </message>
</context>
<context>
    <name>LivePage</name>
    <message>
        <source>A picture is being stored.</source>
        <translation>Se está guardando una imagen.</translation>
    </message>
    <message>
        <source>Open a bundle&apos;s folder</source>
        <translation>Abrir la carpeta de un paquete</translation>
    </message>
    <message>
        <source>● live</source>
        <translation>● en directo</translation>
    </message>
    <message>
        <source>○ connecting</source>
        <translation>○ conectando</translation>
    </message>
    <message>
        <source>○ stale: no new picture</source>
        <translation>○ detenida: no llegan imágenes</translation>
    </message>
    <message>
        <source>✗ lost, reconnecting</source>
        <translation>✗ sin señal, reconectando</translation>
    </message>
    <message>
        <source>✗ cannot be used</source>
        <translation>✗ no se puede usar</translation>
    </message>
    <message>
        <source>■ at its end</source>
        <translation>■ terminada</translation>
    </message>
    <message>
        <source>■ at its end: damaged</source>
        <translation>■ terminada: dañada</translation>
    </message>
    <message>
        <source>{rate} pictures a second</source>
        <translation>{rate} imágenes por segundo</translation>
    </message>
    <message>
        <source>There is no picture to send back: choose a source that gives one.</source>
        <translation>No hay imagen que devolver: elija una fuente que la dé.</translation>
    </message>
    <message>
        <source>Sent back as “{name}”</source>
        <translation>Devuelta como «{name}»</translation>
    </message>
    <message>
        <source>Open a project to send pictures back</source>
        <translation>Abra un proyecto para devolver imágenes</translation>
    </message>
    <message>
        <source>Compare with a second bundle</source>
        <translation>Comparar con otro paquete</translation>
    </message>
    <message numerus="yes">
        <source>Smoothing: mean of the last %n answer(s)</source>
        <translation>
            <numerusform>Suavizado: solo la última respuesta</numerusform>
            <numerusform>Suavizado: media de las últimas %n respuestas</numerusform>
        </translation>
    </message>
    <message>
        <source>Smoothing: how many answers are averaged</source>
        <translation>Suavizado: cuántas respuestas se promedian</translation>
    </message>
    <message>
        <source>The sliders change only what is shown here: the bundle answers on the box as it was exported.</source>
        <translation>Los controles cambian solo lo que se muestra aquí: en el equipo el paquete responde tal como se exportó.</translation>
    </message>
    <message>
        <source>Open a project on the Start page, or a bundle from a folder</source>
        <translation>Abra un proyecto en la página Inicio, o un paquete de una carpeta</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Start</source>
        <translation>Inicio</translation>
    </message>
    <message>
        <source>Collect</source>
        <translation>Captura</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>Revisión</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Entrenar</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>Evaluación</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>En vivo</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Archivo</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Editar</translation>
    </message>
    <message>
        <source>&amp;Collect</source>
        <translation>&amp;Captura</translation>
    </message>
    <message>
        <source>&amp;Review</source>
        <translation>&amp;Revisión</translation>
    </message>
    <message>
        <source>&amp;Train</source>
        <translation>En&amp;trenar</translation>
    </message>
    <message>
        <source>E&amp;valuate</source>
        <translation>E&amp;valuación</translation>
    </message>
    <message>
        <source>E&amp;xport</source>
        <translation>E&amp;xportar</translation>
    </message>
    <message>
        <source>&amp;Live</source>
        <translation>En &amp;vivo</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;yuda</translation>
    </message>
    <message>
        <source>&amp;New project…</source>
        <translation>&amp;Nuevo proyecto…</translation>
    </message>
    <message>
        <source>&amp;Open a project…</source>
        <translation>&amp;Abrir un proyecto…</translation>
    </message>
    <message>
        <source>&amp;Import pictures…</source>
        <translation>&amp;Importar imágenes…</translation>
    </message>
    <message>
        <source>Try the &amp;simulated camera</source>
        <translation>Probar la cámara &amp;simulada</translation>
    </message>
    <message>
        <source>&amp;Close the project</source>
        <translation>&amp;Cerrar el proyecto</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Deshacer</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Rehacer</translation>
    </message>
    <message>
        <source>&amp;Add a class</source>
        <translation>&amp;Añadir una clase</translation>
    </message>
    <message>
        <source>&amp;Rename the class…</source>
        <translation>Cambiar el &amp;nombre de la clase…</translation>
    </message>
    <message>
        <source>&amp;Mirror the picture</source>
        <translation>Imagen en &amp;espejo</translation>
    </message>
    <message>
        <source>&amp;Choose a region</source>
        <translation>Elegir una &amp;región</translation>
    </message>
    <message>
        <source>&amp;Whole picture</source>
        <translation>Imagen en&amp;tera</translation>
    </message>
    <message>
        <source>&amp;Look for cameras</source>
        <translation>&amp;Buscar cámaras</translation>
    </message>
    <message>
        <source>Move the recording to the &amp;trash</source>
        <translation>Mover la grabación a la &amp;papelera</translation>
    </message>
    <message>
        <source>&amp;Check the labels</source>
        <translation>&amp;Comprobar las etiquetas</translation>
    </message>
    <message>
        <source>&amp;Suspected labels</source>
        <translation>Etiquetas &amp;sospechosas</translation>
    </message>
    <message>
        <source>&amp;To label</source>
        <translation>Por &amp;etiquetar</translation>
    </message>
    <message>
        <source>&amp;Accept the suggestions</source>
        <translation>&amp;Aceptar las sugerencias</translation>
    </message>
    <message>
        <source>&amp;Map of the images</source>
        <translation>&amp;Mapa de las imágenes</translation>
    </message>
    <message>
        <source>Move the images to the &amp;trash</source>
        <translation>Mover las imágenes a la &amp;papelera</translation>
    </message>
    <message>
        <source>&amp;Empty the trash…</source>
        <translation>&amp;Vaciar la papelera…</translation>
    </message>
    <message>
        <source>&amp;Train a model</source>
        <translation>&amp;Entrenar un modelo</translation>
    </message>
    <message>
        <source>&amp;Stop the training</source>
        <translation>&amp;Detener el entrenamiento</translation>
    </message>
    <message>
        <source>Settings for &amp;experts</source>
        <translation>A&amp;justes para expertos</translation>
    </message>
    <message>
        <source>&amp;How many images are enough…</source>
        <translation>&amp;Cuántas imágenes bastan…</translation>
    </message>
    <message>
        <source>All &amp;runs</source>
        <translation>Todos los &amp;modelos</translation>
    </message>
    <message>
        <source>&amp;Measure again</source>
        <translation>&amp;Medir otra vez</translation>
    </message>
    <message>
        <source>M&amp;istakes</source>
        <translation>&amp;Errores</translation>
    </message>
    <message>
        <source>Held-out &amp;folds</source>
        <translation>&amp;Pliegues reservados</translation>
    </message>
    <message>
        <source>Measure the &amp;robustness</source>
        <translation>Medir la &amp;robustez</translation>
    </message>
    <message>
        <source>&amp;Open the report</source>
        <translation>&amp;Abrir el informe</translation>
    </message>
    <message>
        <source>&amp;Export the run</source>
        <translation>&amp;Exportar el entrenamiento</translation>
    </message>
    <message>
        <source>&amp;Check the bundle again</source>
        <translation>&amp;Comprobar el paquete otra vez</translation>
    </message>
    <message>
        <source>Open the bundle&apos;s &amp;folder</source>
        <translation>Abrir la &amp;carpeta del paquete</translation>
    </message>
    <message>
        <source>Open a &amp;bundle from a folder…</source>
        <translation>Abrir un &amp;paquete de una carpeta…</translation>
    </message>
    <message>
        <source>&amp;Compare two bundles</source>
        <translation>&amp;Comparar dos paquetes</translation>
    </message>
    <message>
        <source>Count disagreements &amp;anew</source>
        <translation>Contar de n&amp;uevo las diferencias</translation>
    </message>
    <message>
        <source>&amp;Keys</source>
        <translation>&amp;Teclas</translation>
    </message>
    <message>
        <source>&amp;Problem log</source>
        <translation>Registro de &amp;problemas</translation>
    </message>
    <message>
        <source>New project: choose a name for its folder</source>
        <translation>Nuevo proyecto: elija un nombre para su carpeta</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>Abrir un proyecto</translation>
    </message>
    <message>
        <source>Undone: {what}</source>
        <translation>Deshecho: {what}</translation>
    </message>
    <message>
        <source>Done again: {what}</source>
        <translation>Rehecho: {what}</translation>
    </message>
    <message>
        <source>There is nothing left to take back or to do again</source>
        <translation>No queda nada que deshacer o rehacer</translation>
    </message>
    <message>
        <source>{busy} Stop it? What is done so far is kept.</source>
        <translation>{busy} ¿Detener? Lo hecho hasta ahora se conserva.</translation>
    </message>
    <message>
        <source>&amp;Go to</source>
        <translation>&amp;Ir a</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ver</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Páginas</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Tema</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Idioma</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Como el sistema</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuro</translation>
    </message>
</context>
<context>
    <name>MistakesDialog</name>
    <message>
        <source>Parts of the picture are hidden and the answers compared…</source>
        <translation>Se ocultan partes de la imagen y se comparan las respuestas…</translation>
    </message>
    <message>
        <source>No place of this picture speaks for this class.</source>
        <translation>Ningún lugar de esta imagen habla a favor de esta clase.</translation>
    </message>
    <message>
        <source>Two halves of the measurement disagree: take this map for noise.</source>
        <translation>Las dos mitades de la medición no concuerdan: tome este mapa por ruido.</translation>
    </message>
    <message>
        <source>The map is the finished model&apos;s, which has learned from this picture.</source>
        <translation>El mapa es del modelo final, que ha aprendido con esta imagen.</translation>
    </message>
    <message>
        <source>What the model saw</source>
        <translation>Lo que vio el modelo</translation>
    </message>
    <message>
        <source>Where it sees signs of</source>
        <translation>Dónde ve indicios de</translation>
    </message>
    <message>
        <source>Show the map (H)</source>
        <translation>Mostrar el mapa (H)</translation>
    </message>
    <message>
        <source>little</source>
        <translation>poco</translation>
    </message>
    <message>
        <source>much</source>
        <translation>mucho</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Progress of the map</source>
        <translation>Progreso del mapa</translation>
    </message>
    <message>
        <source>Send to Review (R)</source>
        <translation>Enviar a Revisión (R)</translation>
    </message>
    <message>
        <source>The right label is…</source>
        <translation>La etiqueta correcta es…</translation>
    </message>
    <message>
        <source>The right label</source>
        <translation>La etiqueta correcta</translation>
    </message>
    <message>
        <source>Previous picture (←)</source>
        <translation>Imagen anterior (←)</translation>
    </message>
    <message>
        <source>Next picture (→)</source>
        <translation>Imagen siguiente (→)</translation>
    </message>
    <message>
        <source>Label is wrong (L)</source>
        <translation>Etiqueta errónea (L)</translation>
    </message>
    <message>
        <source>The model says {answer}, {share}.</source>
        <translation>El modelo dice {answer}, {share}.</translation>
    </message>
    <message>
        <source>Below the threshold: the box would say “unknown”.</source>
        <translation>Por debajo del umbral: el equipo diría «desconocido».</translation>
    </message>
    <message>
        <source>Label: {name}</source>
        <translation>Etiqueta: {name}</translation>
    </message>
    <message>
        <source>Label is wrong: it is {name} (L)</source>
        <translation>Etiqueta errónea: es {name} (L)</translation>
    </message>
    <message>
        <source>{at} of {number}</source>
        <translation>{at} de {number}</translation>
    </message>
    <message>
        <source>Ctrl+Z takes it back. Check right answers as well as wrong ones: mending only what the model doubts flatters it.</source>
        <translation>Ctrl+Z lo deshace. Revise también los aciertos: corregir solo aquello en que el modelo discrepa lo favorece.</translation>
    </message>
</context>
<context>
    <name>MistakesGallery</name>
    <message>
        <source>It is {truth}; the model says {answer}, {share}.</source>
        <translation>Es {truth}; el modelo dice {answer}, {share}.</translation>
    </message>
    <message>
        <source>Below the threshold: the box would say “unknown”.</source>
        <translation>Por debajo del umbral: el equipo diría «desconocido».</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>A click or Return opens the picture; L says that its label is wrong</source>
        <translation>Un clic o Intro abre la imagen; L dice que su etiqueta es errónea</translation>
    </message>
</context>
<context>
    <name>MistakesPicture</name>
    <message>
        <source>Reading the picture…</source>
        <translation>Leyendo la imagen…</translation>
    </message>
    <message>
        <source>The picture is gone.</source>
        <translation>La imagen ya no está.</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Imagen</translation>
    </message>
</context>
<context>
    <name>PlanCard</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n class(es)</source>
        <translation>
            <numerusform>%n clase</numerusform>
            <numerusform>%n clases</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n recording(s)</source>
        <translation>
            <numerusform>%n grabación</numerusform>
            <numerusform>%n grabaciones</numerusform>
        </translation>
    </message>
    <message>
        <source>The model learns from {images} of {classes}, taken in {recordings}.</source>
        <translation>El modelo aprende de {images} de {classes}, tomadas en {recordings}.</translation>
    </message>
    <message>
        <source>The model learns from {images} of {classes}.</source>
        <translation>El modelo aprende de {images} de {classes}.</translation>
    </message>
    <message numerus="yes">
        <source>%n further image(s) of other recordings are kept aside to test it.</source>
        <translation>
            <numerusform>Otra imagen más, de otra grabación, se reserva para probarlo.</numerusform>
            <numerusform>Otras %n imágenes, de otras grabaciones, se reservan para probarlo.</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is kept aside to test it yet: the second recording of a class will be.</source>
        <translation>Aún no hay nada reservado para probarlo: se reservará la segunda grabación de cada clase.</translation>
    </message>
    <message>
        <source>There is nothing to learn from yet. Record at least two classes, then train.</source>
        <translation>Todavía no hay de qué aprender. Grabe al menos dos clases y luego entrene.</translation>
    </message>
    <message>
        <source>Only “{name}” has images to learn from. A classifier tells at least two classes apart: record another one, for example the empty background.</source>
        <translation>Solo «{name}» tiene imágenes de las que aprender. Un clasificador distingue al menos dos clases: grabe otra, por ejemplo el fondo vacío.</translation>
    </message>
    <message>
        <source>The network {network} has learned to see on other pictures and stays as it is. Only a small head on top of it learns your classes: that takes few images, and no graphics card.</source>
        <translation>La red {network} aprendió a ver con otras imágenes y queda como está. Solo una pequeña cabeza sobre ella aprende sus clases: bastan pocas imágenes y no hace falta tarjeta gráfica.</translation>
    </message>
    <message>
        <source>The network {network} has learned to see on other pictures. First a head learns your classes, then the network itself is adapted to them, carefully: that takes longer and more images.</source>
        <translation>La red {network} aprendió a ver con otras imágenes. Primero una cabeza aprende sus clases; después la propia red se adapta a ellas con cuidado: requiere más tiempo y más imágenes.</translation>
    </message>
    <message>
        <source>The network {network} begins without any knowledge and learns everything from your images: that takes very many of them, and is rarely worth it.</source>
        <translation>La red {network} empieza sin saber nada y lo aprende todo de sus imágenes: hacen falta muchísimas y rara vez vale la pena.</translation>
    </message>
    <message>
        <source>The network {network} has learned to see on other pictures. First only a small head on top of it learns your classes; where it is expected to pay, the network is then adapted too. The better of both on held-out images is kept.</source>
        <translation>La red {network} aprendió a ver con otras imágenes. Primero solo una pequeña cabeza sobre ella aprende sus clases; donde se espera que valga la pena, después se adapta también la red. Se conserva lo que mejor acierte en las imágenes reservadas.</translation>
    </message>
    <message>
        <source>The network {network} is adapted by the strategy “{strategy}”.</source>
        <translation>La red {network} se adapta con la estrategia «{strategy}».</translation>
    </message>
    <message>
        <source>The last training of this kind took {time}, with {images}.</source>
        <translation>El último entrenamiento de este tipo tardó {time}, con {images}.</translation>
    </message>
    <message>
        <source>It takes about {time}; with a network that is used for the first time up to a minute more.</source>
        <translation>Tarda unos {time}; con una red que se usa por primera vez, hasta un minuto más.</translation>
    </message>
    <message>
        <source>How long it takes is told as soon as the first round is over; it can be stopped at any time.</source>
        <translation>Cuánto tarda se dice al acabar la primera ronda; se puede detener en cualquier momento.</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
    <message>
        <source>⚠ The accuracy will look better than it is: all images of {names} come from a single recording, and those resemble each other. Record again in other light or from another side.</source>
        <translation>⚠ La exactitud parecerá mejor de lo que es: todas las imágenes de {names} vienen de una sola grabación y se parecen entre sí. Grabe otra vez con otra luz o desde otro lado.</translation>
    </message>
    <message>
        <source>This network comes with the program. On a public test (TrashNet) it reached {built_in} in the same way; MobileNetV2 with ImageNet weights, which are a download, reached {imagenet}.</source>
        <translation>Esta red viene con el programa. En una prueba pública (TrashNet) alcanzó así un {built_in}; MobileNetV2 con pesos de ImageNet, que se descargan, un {imagenet}.</translation>
    </message>
    <message>
        <source>What will be done</source>
        <translation>Qué se hará</translation>
    </message>
    <message>
        <source>Record more images</source>
        <translation>Grabar más imágenes</translation>
    </message>
    <message>
        <source>Open a project on the Start page, and the plan stands here.</source>
        <translation>Abra un proyecto en la página Inicio y el plan aparecerá aquí.</translation>
    </message>
</context>
<context>
    <name>PredictionPanel</name>
    <message>
        <source>What the model sees</source>
        <translation>Lo que ve el modelo</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Live prediction needs pretrained weights: put {name}.safetensors or {name}.pth into {folder}, or run “edge-transfer train --download” once.</source>
        <translation>La predicción en directo necesita pesos preentrenados: ponga {name}.safetensors o {name}.pth en {folder}, o ejecute una vez «edge-transfer train --download».</translation>
    </message>
    <message>
        <source>Preparing the network; the first time this takes up to a minute.</source>
        <translation>Preparando la red; la primera vez tarda hasta un minuto.</translation>
    </message>
    <message>
        <source>Learning: looking at the images, {progress}</source>
        <translation>Aprendiendo: mirando las imágenes, {progress}</translation>
    </message>
    <message>
        <source>Learning…</source>
        <translation>Aprendiendo…</translation>
    </message>
    <message>
        <source>Record two classes, and the model starts to answer here.</source>
        <translation>Grabe dos clases y el modelo empezará a responder aquí.</translation>
    </message>
    <message numerus="yes">
        <source>Learned from %n image(s).</source>
        <translation>
            <numerusform>Aprendido de %n imagen.</numerusform>
            <numerusform>Aprendido de %n imágenes.</numerusform>
        </translation>
    </message>
    <message>
        <source>{right} of {held_out} held-out images are right.</source>
        <translation>Acierta {right} de {held_out} imágenes reservadas.</translation>
    </message>
    <message>
        <source>A second recording of each class is held out and shows how good it is.</source>
        <translation>Una segunda grabación de cada clase se reserva y muestra lo bueno que es.</translation>
    </message>
</context>
<context>
    <name>Preview</name>
    <message>
        <source>Used to</source>
        <translation>Sirve para</translation>
    </message>
    <message>
        <source>Label, held out</source>
        <translation>Etiqueta, sin verla</translation>
    </message>
    <message>
        <source>Model&apos;s choice</source>
        <translation>El modelo elige</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>Grabación</translation>
    </message>
    <message>
        <source>Recorded</source>
        <translation>Grabada</translation>
    </message>
    <message>
        <source>Place in it</source>
        <translation>Lugar en ella</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Sharpness</source>
        <translation>Nitidez</translation>
    </message>
    <message>
        <source>Brightness</source>
        <translation>Brillo</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Número</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Archivo</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Nota</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <source>← → next image · 1–9 move to a class · S accept the suggestion · Del to the trash · Esc close</source>
        <translation>← → otra imagen · 1–9 mover a una clase · S aceptar la sugerencia · Supr a la papelera · Esc cerrar</translation>
    </message>
</context>
<context>
    <name>ProblemDialog</name>
    <message>
        <source>Problem log</source>
        <translation>Registro de problemas</translation>
    </message>
    <message>
        <source>What went wrong stands here and in {path}. What is recorded is safe; if something does not answer any more, close the window and open it again.</source>
        <translation>Lo que falló está aquí y en {path}. Lo grabado está a salvo; si algo ya no responde, cierre la ventana y vuelva a abrirla.</translation>
    </message>
</context>
<context>
    <name>Reasons</name>
    <message>
        <source>blurred</source>
        <translation>borrosas</translation>
    </message>
    <message>
        <source>too dark</source>
        <translation>demasiado oscuro</translation>
    </message>
    <message>
        <source>too bright</source>
        <translation>demasiado claro</translation>
    </message>
    <message>
        <source>nothing to see</source>
        <translation>sin contenido</translation>
    </message>
    <message>
        <source>like the one before</source>
        <translation>igual que la anterior</translation>
    </message>
    <message>
        <source>already there</source>
        <translation>ya estaban</translation>
    </message>
    <message>
        <source>in another class</source>
        <translation>en otra clase</translation>
    </message>
</context>
<context>
    <name>Recipe</name>
    <message>
        <source>Strategy</source>
        <translation>Estrategia</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Red</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>Cabeza</translation>
    </message>
    <message>
        <source>Strengths to try</source>
        <translation>Fuerzas que probar</translation>
    </message>
    <message>
        <source>Weight of the classes</source>
        <translation>Peso de las clases</translation>
    </message>
    <message>
        <source>Folds</source>
        <translation>Partes</translation>
    </message>
    <message>
        <source>Accepted error</source>
        <translation>Error aceptado</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Motor</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <source>Blocks that learn</source>
        <translation>Bloques que aprenden</translation>
    </message>
    <message>
        <source>Rounds</source>
        <translation>Rondas</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Tasa de aprendizaje</translation>
    </message>
    <message>
        <source>Slower by block</source>
        <translation>Más lento por bloque</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Lote</translation>
    </message>
    <message>
        <source>Label smoothing</source>
        <translation>Suavizado de etiquetas</translation>
    </message>
    <message>
        <source>Mixup</source>
        <translation>Mezcla de imágenes (mixup)</translation>
    </message>
    <message>
        <source>Pull to the pretrained</source>
        <translation>Atracción a lo preentrenado</translation>
    </message>
    <message>
        <source>Altered copies</source>
        <translation>Copias alteradas</translation>
    </message>
    <message>
        <source>Minutes at most</source>
        <translation>Minutos como máximo</translation>
    </message>
    <message>
        <source>How the pretrained network is adapted to your images.</source>
        <translation>Cómo se adapta la red preentrenada a sus imágenes.</translation>
    </message>
    <message>
        <source>The pretrained network. Larger ones see more and take longer on the box.</source>
        <translation>La red preentrenada. Las más grandes ven más y tardan más en el equipo.</translation>
    </message>
    <message>
        <source>What decides between the classes, on top of the network.</source>
        <translation>Lo que decide entre las clases, sobre la red.</translation>
    </message>
    <message>
        <source>Balanced: every class counts alike, however few images it has. Automatic: above ten to one.</source>
        <translation>Equilibrado: cada clase cuenta igual, por pocas imágenes que tenga. Automático: a partir de diez a uno.</translation>
    </message>
    <message>
        <source>In how many parts the recordings are held out in turn, 2 to 20.</source>
        <translation>En cuántas partes se reservan por turno las grabaciones, de 2 a 20.</translation>
    </message>
    <message>
        <source>Share of wrong answers that is allowed, 0 to 1; less sure ones are answered “unknown”.</source>
        <translation>Proporción de respuestas erróneas que se admite, de 0 a 1; las menos seguras se responden «desconocido».</translation>
    </message>
    <message>
        <source>What computes the network on this machine.</source>
        <translation>Lo que calcula la red en este equipo.</translation>
    </message>
    <message>
        <source>The same seed makes the same run again on the same machine.</source>
        <translation>La misma semilla repite el mismo entrenamiento en el mismo equipo.</translation>
    </message>
    <message>
        <source>Blocks of the network that learn, from the top: a number, all or auto.</source>
        <translation>Bloques de la red que aprenden, desde arriba: un número, all (todos) o auto.</translation>
    </message>
    <message>
        <source>Passes over the images, at most; 0: the usual number.</source>
        <translation>Pasadas por las imágenes, como máximo; 0: el número habitual.</translation>
    </message>
    <message>
        <source>Of the topmost block, above 0 to 1; the head learns faster.</source>
        <translation>Del bloque superior, más de 0 y hasta 1; la cabeza aprende más rápido.</translation>
    </message>
    <message>
        <source>How much slower a block learns than the one above it, 0 to 1.</source>
        <translation>Cuánto más lento aprende un bloque que el de encima, de 0 a 1.</translation>
    </message>
    <message>
        <source>Images of one step, 2 to 512.</source>
        <translation>Imágenes de un paso, de 2 a 512.</translation>
    </message>
    <message>
        <source>Share of the target spread over all classes, 0 to below 1.</source>
        <translation>Parte del objetivo que se reparte entre todas las clases, de 0 a menos de 1.</translation>
    </message>
    <message>
        <source>How strongly pairs of images are mixed, 0 (off) to 10.</source>
        <translation>Con qué fuerza se mezclan pares de imágenes, de 0 (nada) a 10.</translation>
    </message>
    <message>
        <source>How strongly each weight is held at its pretrained value, 0 to 10.</source>
        <translation>Con qué fuerza se retiene cada peso en su valor preentrenado, de 0 a 10.</translation>
    </message>
    <message>
        <source>Altered copies of each image that are used in turn, 1 to 64.</source>
        <translation>Copias alteradas de cada imagen que se usan por turno, de 1 a 64.</translation>
    </message>
    <message>
        <source>After so long the best round so far is kept.</source>
        <translation>Pasado ese tiempo se conserva la mejor ronda hasta entonces.</translation>
    </message>
    <message>
        <source>automatic: the better of probe and fine-tuning</source>
        <translation>automática: lo mejor entre sonda y ajuste fino</translation>
    </message>
    <message>
        <source>probe: the network stays, a head is fitted</source>
        <translation>sonda: la red queda, se ajusta una cabeza</translation>
    </message>
    <message>
        <source>fine-tune: the network learns too</source>
        <translation>ajuste fino: la red también aprende</translation>
    </message>
    <message>
        <source>from scratch: nothing pretrained</source>
        <translation>desde cero: nada preentrenado</translation>
    </message>
    <message>
        <source>logistic regression</source>
        <translation>regresión logística</translation>
    </message>
    <message>
        <source>linear SVM</source>
        <translation>SVM lineal</translation>
    </message>
    <message>
        <source>prototypes (class means)</source>
        <translation>prototipos (medias de clase)</translation>
    </message>
    <message>
        <source>balanced</source>
        <translation>equilibrado</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>automático</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>sí</translation>
    </message>
    <message>
        <source>no</source>
        <translation>no</translation>
    </message>
    <message>
        <source>Values of C that cross-validation tries, separated by commas; empty or automatic head: the usual ones.</source>
        <translation>Valores de C que prueba la validación cruzada, separados por comas; vacío o cabeza automática: los habituales.</translation>
    </message>
    <message>
        <source>automatic: the best on held-out images</source>
        <translation>automática: la mejor con imágenes apartadas</translation>
    </message>
    <message>
        <source>SVM with a Gaussian kernel</source>
        <translation>SVM con núcleo gaussiano</translation>
    </message>
    <message>
        <source>small neural network</source>
        <translation>red neuronal pequeña</translation>
    </message>
</context>
<context>
    <name>RecipeForm</name>
    <message>
        <source>{name} · {millions} M parameters</source>
        <translation>{name} · {millions} M de parámetros</translation>
    </message>
    <message>
        <source>{name} · no weights</source>
        <translation>{name} · sin pesos</translation>
    </message>
    <message>
        <source>Its weights are not on this computer: run “edge-transfer train --download --backbone {name}” once, or choose another network.</source>
        <translation>Sus pesos no están en este equipo: ejecute una vez «edge-transfer train --download --backbone {name}» o elija otra red.</translation>
    </message>
    <message>
        <source>Back to the usual settings</source>
        <translation>Volver a los ajustes habituales</translation>
    </message>
</context>
<context>
    <name>RecordingBar</name>
    <message numerus="yes">
        <source>%n kept</source>
        <translation>
            <numerusform>%n guardada</numerusform>
            <numerusform>%n guardadas</numerusform>
        </translation>
    </message>
    <message>
        <source>skipped: {reasons}</source>
        <translation>omitidas: {reasons}</translation>
    </message>
    <message>
        <source>✗ blurred</source>
        <translation>✗ borrosa</translation>
    </message>
    <message>
        <source>✓ sharp</source>
        <translation>✓ nítida</translation>
    </message>
    <message>
        <source>✓ well lit</source>
        <translation>✓ buena luz</translation>
    </message>
    <message>
        <source>✓ new</source>
        <translation>✓ nueva</translation>
    </message>
    <message>
        <source>✗ like the one before</source>
        <translation>✗ igual que la anterior</translation>
    </message>
    <message>
        <source>Length of a burst</source>
        <translation>Duración</translation>
    </message>
    <message>
        <source>Delay before it</source>
        <translation>Espera previa</translation>
    </message>
    <message>
        <source>Least change</source>
        <translation>Cambio mínimo</translation>
    </message>
    <message>
        <source>How many frames a second are looked at while recording</source>
        <translation>Cuántas imágenes por segundo se examinan al grabar</translation>
    </message>
    <message>
        <source>0: as long as the button is held</source>
        <translation>0: mientras se mantiene el botón</translation>
    </message>
    <message>
        <source>Time to get the hands to the part</source>
        <translation>Tiempo para llevar las manos a la pieza</translation>
    </message>
    <message>
        <source>Frames that differ less from the one before are skipped; 0 keeps them all</source>
        <translation>Se omiten las imágenes que difieren menos de la anterior; 0 las guarda todas</translation>
    </message>
    <message>
        <source>held</source>
        <translation>pulsado</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguna</translation>
    </message>
    <message>
        <source>keep all</source>
        <translation>todas</translation>
    </message>
    <message>
        <source> bits</source>
        <translation> bits</translation>
    </message>
    <message>
        <source>Frames/s</source>
        <translation>Imágenes/s</translation>
    </message>
</context>
<context>
    <name>ReliabilityView</name>
    <message numerus="yes">
        <source>says {stated}, is right in {right}: %n answer(s)</source>
        <translation>
            <numerusform>dice {stated}, acierta {right}: %n respuesta</numerusform>
            <numerusform>dice {stated}, acierta {right}: %n respuestas</numerusform>
        </translation>
    </message>
    <message>
        <source>confidence stated</source>
        <translation>confianza declarada</translation>
    </message>
    <message>
        <source>really right</source>
        <translation>aciertos reales</translation>
    </message>
    <message>
        <source>Reliability: what share is right at each confidence</source>
        <translation>Fiabilidad: qué parte acierta con cada confianza</translation>
    </message>
</context>
<context>
    <name>ReviewChanges</name>
    <message numerus="yes">
        <source>%n image(s) moved to “{name}”</source>
        <translation>
            <numerusform>%n imagen movida a «{name}»</numerusform>
            <numerusform>%n imágenes movidas a «{name}»</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) moved to the trash; Ctrl+Z brings them back</source>
        <translation>
            <numerusform>%n imagen movida a la papelera; Ctrl+Z la recupera</numerusform>
            <numerusform>%n imágenes movidas a la papelera; Ctrl+Z las recupera</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n image(s) for good?</source>
        <translation>
            <numerusform>¿Borrar %n imagen para siempre?</numerusform>
            <numerusform>¿Borrar %n imágenes para siempre?</numerusform>
        </translation>
    </message>
    <message>
        <source>That frees {space} and cannot be undone.</source>
        <translation>Eso libera {space} y no se puede deshacer.</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) deleted</source>
        <translation>
            <numerusform>%n imagen borrada</numerusform>
            <numerusform>%n imágenes borradas</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewClasses</name>
    <message>
        <source>Classes</source>
        <translation>Clases</translation>
    </message>
    <message>
        <source>Drag images here, or press the key of the class, or Enter on it</source>
        <translation>Arrastre imágenes aquí, pulse la tecla de la clase o Intro sobre ella</translation>
    </message>
</context>
<context>
    <name>ReviewFilter</name>
    <message>
        <source>All images</source>
        <translation>Todas las imágenes</translation>
    </message>
    <message>
        <source>To label</source>
        <translation>Por etiquetar</translation>
    </message>
    <message>
        <source>Suspected labels</source>
        <translation>Etiquetas sospechosas</translation>
    </message>
    <message>
        <source>The model disagrees</source>
        <translation>El modelo no coincide</translation>
    </message>
    <message>
        <source>Near-duplicates</source>
        <translation>Casi duplicadas</translation>
    </message>
    <message>
        <source>Unusual images</source>
        <translation>Imágenes inusuales</translation>
    </message>
    <message>
        <source>Blurred</source>
        <translation>Borrosas</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuras</translation>
    </message>
    <message>
        <source>Bright</source>
        <translation>Muy claras</translation>
    </message>
    <message>
        <source>Most suspicious first</source>
        <translation>Más sospechosas antes</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>Más nuevas antes</translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation>Como se grabaron</translation>
    </message>
    <message>
        <source>Blurriest first</source>
        <translation>Más borrosas antes</translation>
    </message>
    <message>
        <source>All classes</source>
        <translation>Todas las clases</translation>
    </message>
    <message>
        <source>All recordings</source>
        <translation>Todas las grabaciones</translation>
    </message>
    <message>
        <source>All splits</source>
        <translation>Todos los usos</translation>
    </message>
    <message>
        <source>Known after “Check the labels”</source>
        <translation>Se conoce tras «Comprobar las etiquetas»</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Mostrar todo</translation>
    </message>
    <message>
        <source>Take every condition away</source>
        <translation>Quitar todas las condiciones</translation>
    </message>
    <message>
        <source>What to show</source>
        <translation>Qué mostrar</translation>
    </message>
    <message>
        <source>Class to show</source>
        <translation>Clase que mostrar</translation>
    </message>
    <message>
        <source>Recording to show</source>
        <translation>Grabación que mostrar</translation>
    </message>
    <message>
        <source>Split to show</source>
        <translation>Uso que mostrar</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>Orden</translation>
    </message>
</context>
<context>
    <name>ReviewPage</name>
    <message>
        <source>The labels are being checked.</source>
        <translation>Se están comprobando las etiquetas.</translation>
    </message>
    <message>
        <source>The trash is empty</source>
        <translation>La papelera está vacía</translation>
    </message>
    <message numerus="yes">
        <source>%n suspected label(s)</source>
        <translation>
            <numerusform>%n etiqueta sospechosa</numerusform>
            <numerusform>%n etiquetas sospechosas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n repeated image(s)</source>
        <translation>
            <numerusform>%n imagen repetida</numerusform>
            <numerusform>%n imágenes repetidas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unusual image(s)</source>
        <translation>
            <numerusform>%n imagen inusual</numerusform>
            <numerusform>%n imágenes inusuales</numerusform>
        </translation>
    </message>
    <message>
        <source>Open a project on the Start page.</source>
        <translation>Abra un proyecto en la página Inicio.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Leyendo…</translation>
    </message>
    <message>
        <source>There is no image yet: record some on the Collect page.</source>
        <translation>Todavía no hay imágenes: grabe algunas en la página Captura.</translation>
    </message>
    <message>
        <source>Press “Check the labels” first: then this list is known.</source>
        <translation>Pulse antes «Comprobar las etiquetas»: entonces se conoce esta lista.</translation>
    </message>
    <message>
        <source>No image waits for a label.</source>
        <translation>Ninguna imagen espera una etiqueta.</translation>
    </message>
    <message>
        <source>No label is suspected here.</source>
        <translation>Aquí no hay etiquetas sospechosas.</translation>
    </message>
    <message>
        <source>No image is like this. “Show all” takes every condition away.</source>
        <translation>Ninguna imagen es así. «Mostrar todo» quita todas las condiciones.</translation>
    </message>
    <message numerus="yes">
        <source>{shown} of %n image(s)</source>
        <translation>
            <numerusform>{shown} de %n imagen</numerusform>
            <numerusform>{shown} de %n imágenes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n elegida</numerusform>
            <numerusform>%n elegidas</numerusform>
        </translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Clases</translation>
    </message>
    <message>
        <source>Recordings</source>
        <translation>Grabaciones</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Mapa</translation>
    </message>
    <message>
        <source>Move…</source>
        <translation>Mover…</translation>
    </message>
    <message>
        <source>Move the selected images to a class (keys 1 to 9)</source>
        <translation>Mover las imágenes elegidas a una clase (teclas 1 a 9)</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Aceptar</translation>
    </message>
    <message>
        <source>Give the selected images the class that the model suggests (S)</source>
        <translation>Dar a las imágenes elegidas la clase que sugiere el modelo (S)</translation>
    </message>
    <message>
        <source>To trash</source>
        <translation>Papelera</translation>
    </message>
    <message>
        <source>Move the selected images to the trash (Del); Ctrl+Z brings them back</source>
        <translation>Mover las imágenes elegidas a la papelera (Supr); Ctrl+Z las recupera</translation>
    </message>
    <message>
        <source>Empty the trash…</source>
        <translation>Vaciar la papelera…</translation>
    </message>
    <message>
        <source>Delete what is in the trash for good</source>
        <translation>Borrar para siempre lo que hay en la papelera</translation>
    </message>
</context>
<context>
    <name>ReviewSessions</name>
    <message>
        <source>A recording is learned from or tested with as a whole: so the test stays honest.</source>
        <translation>Una grabación entera sirve para aprender o para probar: así la prueba es honesta.</translation>
    </message>
    <message>
        <source>To learn</source>
        <translation>Aprender</translation>
    </message>
    <message>
        <source>To test</source>
        <translation>Probar</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Mostrar</translation>
    </message>
    <message>
        <source>Learn from the selected recording</source>
        <translation>Aprender de la grabación elegida</translation>
    </message>
    <message>
        <source>Hold the selected recording out to test</source>
        <translation>Reservar la grabación elegida para probar</translation>
    </message>
    <message>
        <source>Show the images of the selected recording alone</source>
        <translation>Mostrar solo las imágenes de la grabación elegida</translation>
    </message>
</context>
<context>
    <name>RobustnessPanel</name>
    <message>
        <source>Disturbance</source>
        <translation>Perturbación</translation>
    </message>
    <message>
        <source>mild</source>
        <translation>leve</translation>
    </message>
    <message>
        <source>clear</source>
        <translation>clara</translation>
    </message>
    <message>
        <source>strong</source>
        <translation>fuerte</translation>
    </message>
    <message>
        <source>{name}, {amount}: {top1} right, {coverage} answered, {covered} of those right; recognised least: {worst}, {recall}</source>
        <translation>{name}, {amount}: {top1} de aciertos, {coverage} respondidas, {covered} de ellas correctas; la menos reconocida: {worst}, {recall}</translation>
    </message>
    <message>
        <source>darker</source>
        <translation>más oscuro</translation>
    </message>
    <message>
        <source>brighter</source>
        <translation>más claro</translation>
    </message>
    <message>
        <source>warmer light</source>
        <translation>luz más cálida</translation>
    </message>
    <message>
        <source>cooler light</source>
        <translation>luz más fría</translation>
    </message>
    <message>
        <source>out of focus</source>
        <translation>desenfoque</translation>
    </message>
    <message>
        <source>motion blur</source>
        <translation>movimiento</translation>
    </message>
    <message>
        <source>noise</source>
        <translation>ruido</translation>
    </message>
    <message>
        <source>compression</source>
        <translation>compresión</translation>
    </message>
    <message>
        <source>shifted</source>
        <translation>desplazada</translation>
    </message>
    <message>
        <source>turned</source>
        <translation>girada</translation>
    </message>
    <message>
        <source>JPEG quality {number}</source>
        <translation>calidad JPEG {number}</translation>
    </message>
    <message>
        <source>±{number} of 255</source>
        <translation>±{number} de 255</translation>
    </message>
    <message numerus="yes">
        <source>about %n second(s) left</source>
        <translation>
            <numerusform>queda %n segundo</numerusform>
            <numerusform>quedan unos %n segundos</numerusform>
        </translation>
    </message>
    <message>
        <source>How it holds up</source>
        <translation>Cómo resiste</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation>Progreso de la medición</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Medir</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>Medir otra vez</translation>
    </message>
    <message>
        <source>Right answers under each disturbance</source>
        <translation>Aciertos con cada perturbación</translation>
    </message>
    <message>
        <source>These are pictures that the model has learned from: read the fall, not the height.</source>
        <translation>El modelo ha aprendido con estas imágenes: mire la caída, no la altura.</translation>
    </message>
    <message>
        <source>The pictures are made darker, blurred, noisy, compressed, shifted and turned, and asked again: at most 200 of them, 31 times each. It takes about a minute.</source>
        <translation>Las imágenes se oscurecen, desenfocan, comprimen, desplazan y giran, y se pregunta otra vez: como mucho 200, cada una 31 veces. Tarda alrededor de un minuto.</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s); the mark stands at {top1}, as they were recorded. ▼: lower beyond doubt.</source>
        <translation>
            <numerusform>%n imagen; la marca está en {top1}, tal como se grabó. ▼: menor sin duda.</numerusform>
            <numerusform>%n imágenes; la marca está en {top1}, tal como se grabaron. ▼: menor sin duda.</numerusform>
        </translation>
    </message>
    <message>
        <source>Threshold {value}; hold the mouse over a bar to see what is answered.</source>
        <translation>Umbral {value}; pase el ratón por una barra para ver cuántas se responden.</translation>
    </message>
</context>
<context>
    <name>RunComparison</name>
    <message>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>Segundos</translation>
    </message>
    <message>
        <source>Right, held out</source>
        <translation>Aciertos, reservadas</translation>
    </message>
    <message>
        <source>Optimistic</source>
        <translation>Optimista</translation>
    </message>
    <message>
        <source>⚠ yes</source>
        <translation>⚠ sí</translation>
    </message>
    <message>
        <source>no</source>
        <translation>no</translation>
    </message>
    <message>
        <source>Right, test</source>
        <translation>Aciertos, prueba</translation>
    </message>
    <message>
        <source>Right, validation</source>
        <translation>Aciertos, validación</translation>
    </message>
    <message>
        <source>{name} recognised, test</source>
        <translation>{name} reconocida, prueba</translation>
    </message>
    <message>
        <source>{name} recognised, validation</source>
        <translation>{name} reconocida, validación</translation>
    </message>
    <message>
        <source>Comparison of the selected runs</source>
        <translation>Comparación de los modelos elegidos</translation>
    </message>
</context>
<context>
    <name>RunList</name>
    <message>
        <source>Select two or more runs to see them side by side. Evaluate and Export take the run in use.</source>
        <translation>Elija dos o más modelos para verlos lado a lado. Evaluar y Exportar toman el modelo en uso.</translation>
    </message>
    <message>
        <source>Every training makes a run, and every run is listed here.</source>
        <translation>Cada entrenamiento produce un modelo, y todos aparecen aquí.</translation>
    </message>
    <message>
        <source>Use this run</source>
        <translation>Usar este modelo</translation>
    </message>
    <message>
        <source>Train with its settings</source>
        <translation>Entrenar con sus ajustes</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Eliminar…</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Lado a lado</translation>
    </message>
</context>
<context>
    <name>RunResult</name>
    <message>
        <source>Trained</source>
        <translation>Entrenado</translation>
    </message>
    <message>
        <source>The model in use</source>
        <translation>El modelo en uso</translation>
    </message>
    <message>
        <source>{share} right</source>
        <translation>{share} de aciertos</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) it had not learned from</source>
        <translation>
            <numerusform>%n imagen de la que no había aprendido</numerusform>
            <numerusform>%n imágenes de las que no había aprendido</numerusform>
        </translation>
    </message>
    <message>
        <source>⚠ Optimistic: {reasons}.</source>
        <translation>⚠ Optimista: {reasons}.</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>It has forgotten something ({names}), so the older run {run} stays in use.</source>
        <translation>Ha olvidado algo ({names}), así que sigue en uso el anterior, {run}.</translation>
    </message>
    <message>
        <source>The older run {run} stays in use, as you have chosen it.</source>
        <translation>Sigue en uso el modelo anterior {run}, que usted eligió.</translation>
    </message>
    <message>
        <source>On the test recordings, which nothing was chosen on: {share} right.</source>
        <translation>En las grabaciones de prueba, con las que nada se eligió: {share} de aciertos.</translation>
    </message>
    <message>
        <source>This number chose the settings. Evaluate asks the recordings that are kept aside.</source>
        <translation>Con esta cifra se eligieron los ajustes. Evaluar pregunta a las grabaciones reservadas.</translation>
    </message>
    <message>
        <source>Use this run</source>
        <translation>Usar este modelo</translation>
    </message>
    <message>
        <source>Evaluate…</source>
        <translation>Evaluar…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportar…</translation>
    </message>
    <message>
        <source>Measure it on the recordings that are kept aside</source>
        <translation>Medirlo con las grabaciones reservadas</translation>
    </message>
    <message>
        <source>Make the bundle that runs on the box</source>
        <translation>Hacer el paquete que funciona en el equipo</translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation>Aún no hay modelo</translation>
    </message>
    <message>
        <source>After the training stands here how many images it gets right that it has not seen, and how far that number can be trusted.</source>
        <translation>Tras el entrenamiento se lee aquí cuántas imágenes que no ha visto acierta, y hasta dónde se puede confiar en esa cifra.</translation>
    </message>
</context>
<context>
    <name>RunTable</name>
    <message>
        <source>Trained</source>
        <translation>Entrenado</translation>
    </message>
    <message>
        <source>Right, held out</source>
        <translation>Aciertos, reservadas</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Medido</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>Segundos</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notas</translation>
    </message>
    <message>
        <source>{when} · in use</source>
        <translation>{when} · en uso</translation>
    </message>
    <message>
        <source>{share} ⚠ optimistic</source>
        <translation>{share} ⚠ optimista</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Modelos</translation>
    </message>
    <message>
        <source>Select two or more to compare them; Delete deletes, Return uses one</source>
        <translation>Elija dos o más para compararlos; Supr elimina, Intro usa uno</translation>
    </message>
</context>
<context>
    <name>RunWords</name>
    <message>
        <source>set apart to validate</source>
        <translation>apartadas para validar</translation>
    </message>
    <message>
        <source>a tenth, held out</source>
        <translation>una décima parte, reservada</translation>
    </message>
    <message>
        <source>a part, held out</source>
        <translation>una parte, reservada</translation>
    </message>
    <message>
        <source>held out in turn, in {folds} parts</source>
        <translation>reservadas por turno, en {folds} partes</translation>
    </message>
    <message>
        <source>{samples}; they also chose the round</source>
        <translation>{samples}; con ellas se eligió también la ronda</translation>
    </message>
    <message>
        <source>{samples}; then trained on all</source>
        <translation>{samples}; después se entrenó con todas</translation>
    </message>
    <message>
        <source>all images of {names} come from one recording, and those resemble each other: record again in other light</source>
        <translation>todas las imágenes de {names} vienen de una sola grabación y se parecen entre sí: grabe otra vez con otra luz</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>Open in another window (process {pid} on {host}): here it can only be looked at</source>
        <translation>Abierto en otra ventana (proceso {pid} en {host}): aquí solo se puede mirar</translation>
    </message>
    <message>
        <source>The folder cannot be written: the project can only be looked at</source>
        <translation>No se puede escribir en la carpeta: el proyecto solo se puede mirar</translation>
    </message>
</context>
<context>
    <name>SessionsTable</name>
    <message>
        <source>Recorded</source>
        <translation>Grabado</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Clase</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Used to</source>
        <translation>Sirve para</translation>
    </message>
    <message numerus="yes">
        <source>%n to label</source>
        <translation>
            <numerusform>%n por etiquetar</numerusform>
            <numerusform>%n por etiquetar</numerusform>
        </translation>
    </message>
    <message>
        <source>learn</source>
        <translation>aprender</translation>
    </message>
    <message>
        <source>validate</source>
        <translation>validar</translation>
    </message>
    <message>
        <source>test</source>
        <translation>probar</translation>
    </message>
    <message>
        <source>Recordings</source>
        <translation>Grabaciones</translation>
    </message>
    <message>
        <source>Delete moves the selected recording to the trash; Ctrl+Z brings it back</source>
        <translation>Supr mueve la grabación elegida a la papelera; Ctrl+Z la recupera</translation>
    </message>
</context>
<context>
    <name>SourceBar</name>
    <message>
        <source>Simulated conveyor</source>
        <translation>Cinta simulada</translation>
    </message>
    <message>
        <source>Video file…</source>
        <translation>Archivo de vídeo…</translation>
    </message>
    <message>
        <source>Folder of pictures…</source>
        <translation>Carpeta de imágenes…</translation>
    </message>
    <message>
        <source>Folder of pictures</source>
        <translation>Carpeta de imágenes</translation>
    </message>
    <message>
        <source>Videos</source>
        <translation>Vídeos</translation>
    </message>
    <message>
        <source>Video file</source>
        <translation>Archivo de vídeo</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Fuente</translation>
    </message>
    <message>
        <source>camera, file, or address of a stream</source>
        <translation>cámara, archivo o dirección de vídeo</translation>
    </message>
    <message>
        <source>Source of the picture</source>
        <translation>Fuente de la imagen</translation>
    </message>
    <message>
        <source>A camera, the simulated conveyor, a file, or an address such as rtsp://…</source>
        <translation>Una cámara, la cinta simulada, un archivo o una dirección como rtsp://…</translation>
    </message>
    <message>
        <source>Look for cameras again</source>
        <translation>Buscar cámaras otra vez</translation>
    </message>
    <message>
        <source>Shows</source>
        <translation>Muestra</translation>
    </message>
    <message>
        <source>What the conveyor shows</source>
        <translation>Lo que muestra la cinta</translation>
    </message>
    <message>
        <source>Scene</source>
        <translation>Escena</translation>
    </message>
    <message>
        <source>Scene of the conveyor</source>
        <translation>Escena de la cinta</translation>
    </message>
    <message>
        <source>Another number is another belt, lamp and camera, as on another day</source>
        <translation>Otro número es otra cinta, lámpara y cámara, como en otro día</translation>
    </message>
    <message>
        <source>everything in turn</source>
        <translation>todo por turnos</translation>
    </message>
    <message>
        <source>hex nuts</source>
        <translation>tuercas</translation>
    </message>
    <message>
        <source>washers</source>
        <translation>arandelas</translation>
    </message>
    <message>
        <source>bolts</source>
        <translation>tornillos</translation>
    </message>
    <message>
        <source>the empty belt</source>
        <translation>la cinta vacía</translation>
    </message>
</context>
<context>
    <name>Splits</name>
    <message>
        <source>that it learned from</source>
        <translation>de las que aprendió</translation>
    </message>
    <message>
        <source>held out to validate</source>
        <translation>reservadas para validar</translation>
    </message>
    <message>
        <source>held out to test</source>
        <translation>reservadas para probar</translation>
    </message>
</context>
<context>
    <name>Stages</name>
    <message>
        <source>Starting</source>
        <translation>Iniciando</translation>
    </message>
    <message>
        <source>Converting the network</source>
        <translation>Convirtiendo la red</translation>
    </message>
    <message>
        <source>Looking at the pictures to calibrate with</source>
        <translation>Mirando las imágenes para calibrar</translation>
    </message>
    <message>
        <source>Asking the trained model</source>
        <translation>Consultando el modelo entrenado</translation>
    </message>
    <message>
        <source>Measuring latency and memory</source>
        <translation>Midiendo la latencia y la memoria</translation>
    </message>
    <message>
        <source>Learning what the usual picture looks like</source>
        <translation>Aprendiendo cómo es la imagen habitual</translation>
    </message>
    <message>
        <source>Writing the bundle</source>
        <translation>Escribiendo el paquete</translation>
    </message>
    <message>
        <source>Making the INT8 model for {model}</source>
        <translation>Creando el modelo INT8 para {model}</translation>
    </message>
    <message>
        <source>Fitting the head of {model}</source>
        <translation>Ajustando la cabeza de {model}</translation>
    </message>
    <message>
        <source>Comparing {model} with the trained model</source>
        <translation>Comparando {model} con el modelo entrenado</translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>Where is {name} now?</source>
        <translation>¿Dónde está {name} ahora?</translation>
    </message>
    <message>
        <source>From a camera to a classifier on a small box</source>
        <translation>De una cámara a un clasificador en un equipo pequeño</translation>
    </message>
    <message>
        <source>Record a few seconds of each class, see the model learn, test it honestly, take it to the box.</source>
        <translation>Grabe unos segundos de cada clase, vea aprender al modelo, pruébelo con honradez y llévelo al equipo.</translation>
    </message>
    <message>
        <source>No camera at hand?</source>
        <translation>¿No tiene cámara a mano?</translation>
    </message>
    <message>
        <source>A simulated conveyor carries nuts, washers and bolts past a simulated camera. Try everything on it.</source>
        <translation>Una cinta simulada lleva tuercas, arandelas y tornillos ante una cámara simulada. Pruébelo todo con ella.</translation>
    </message>
    <message>
        <source>Try the simulated camera</source>
        <translation>Probar la cámara simulada</translation>
    </message>
    <message>
        <source>New project…</source>
        <translation>Nuevo proyecto…</translation>
    </message>
    <message>
        <source>Open a project…</source>
        <translation>Abrir un proyecto…</translation>
    </message>
    <message>
        <source>Import pictures…</source>
        <translation>Importar imágenes…</translation>
    </message>
    <message>
        <source>Recent projects</source>
        <translation>Proyectos recientes</translation>
    </message>
    <message>
        <source>Projects that you have opened will stand here.</source>
        <translation>Aquí estarán los proyectos que haya abierto.</translation>
    </message>
</context>
<context>
    <name>Studying</name>
    <message>
        <source>How many images are enough</source>
        <translation>Cuántas imágenes bastan</translation>
    </message>
    <message>
        <source>Starting; a few seconds</source>
        <translation>Empezando; unos segundos</translation>
    </message>
    <message>
        <source>Stop; what is finished is kept</source>
        <translation>Detener; lo terminado se conserva</translation>
    </message>
    <message>
        <source>Looking at the images: {done} of {total}</source>
        <translation>Mirando las imágenes: {done} de {total}</translation>
    </message>
    <message>
        <source>Training {done} of {total}</source>
        <translation>Entrenamiento {done} de {total}</translation>
    </message>
    <message>
        <source>about {minutes} min left</source>
        <translation>faltan unos {minutes} min</translation>
    </message>
    <message>
        <source>The page is here: {path}</source>
        <translation>La página está aquí: {path}</translation>
    </message>
</context>
<context>
    <name>Tiles</name>
    <message>
        <source>learn</source>
        <translation>aprender</translation>
    </message>
    <message>
        <source>validate</source>
        <translation>validar</translation>
    </message>
    <message>
        <source>test</source>
        <translation>probar</translation>
    </message>
    <message>
        <source>to label</source>
        <translation>por etiquetar</translation>
    </message>
    <message>
        <source>? only a guess</source>
        <translation>? solo una suposición</translation>
    </message>
    <message>
        <source>⚠ {name}? Label {percent}</source>
        <translation>⚠ ¿{name}? Etiqueta {percent}</translation>
    </message>
    <message>
        <source>perhaps “{name}”: without it the model gives its label {percent}</source>
        <translation>quizá «{name}»: sin ella el modelo da a su etiqueta {percent}</translation>
    </message>
    <message>
        <source>⧉ repeats another</source>
        <translation>⧉ repite otra</translation>
    </message>
    <message>
        <source>◌ unusual</source>
        <translation>◌ inusual</translation>
    </message>
    <message>
        <source>≠ {name}</source>
        <translation>≠ {name}</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>sin imagen</translation>
    </message>
</context>
<context>
    <name>Times</name>
    <message>
        <source>%n s</source>
        <translation>%n s</translation>
    </message>
    <message>
        <source>%n min</source>
        <translation>%n min</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>A model is being trained ({strategy}).</source>
        <translation>Se está entrenando un modelo ({strategy}).</translation>
    </message>
    <message>
        <source>Trained: run {run}</source>
        <translation>Entrenado: modelo {run}</translation>
    </message>
    <message>
        <source>In use now: run {run}</source>
        <translation>Ahora en uso: modelo {run}</translation>
    </message>
    <message numerus="yes">
        <source>Delete %n run(s) for good? This cannot be undone; images and bundles stay.</source>
        <translation>
            <numerusform>¿Eliminar %n modelo para siempre? No se puede deshacer; las imágenes y los paquetes quedan.</numerusform>
            <numerusform>¿Eliminar %n modelos para siempre? No se puede deshacer; las imágenes y los paquetes quedan.</numerusform>
        </translation>
    </message>
    <message>
        <source>Open a project on the Start page</source>
        <translation>Abra un proyecto en la página Inicio</translation>
    </message>
    <message>
        <source>Counting the images…</source>
        <translation>Contando las imágenes…</translation>
    </message>
    <message>
        <source>Record at least two classes first</source>
        <translation>Grabe antes al menos dos clases</translation>
    </message>
    <message>
        <source>A setting below has a value that cannot be used</source>
        <translation>Un ajuste de abajo tiene un valor que no se puede usar</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Entrenar</translation>
    </message>
    <message>
        <source>Runs ({count})</source>
        <translation>Modelos ({count})</translation>
    </message>
    <message>
        <source>Settings for experts</source>
        <translation>Ajustes para expertos</translation>
    </message>
</context>
<context>
    <name>TrainPanel</name>
    <message>
        <source>Record more images, then train again.</source>
        <translation>Grabe más imágenes y entrene otra vez.</translation>
    </message>
    <message>
        <source>Record more images or change the settings, then train again.</source>
        <translation>Grabe más imágenes o cambie los ajustes, y entrene otra vez.</translation>
    </message>
    <message>
        <source>Take the network that comes with the program, or fetch the weights, and train.</source>
        <translation>Tome la red que viene con el programa, o consiga los pesos, y entrene.</translation>
    </message>
    <message>
        <source>Make room on the disk, then train again; what was computed so far is kept.</source>
        <translation>Haga sitio en el disco y entrene otra vez; lo calculado hasta ahora se conserva.</translation>
    </message>
    <message>
        <source>Look at the project&apos;s folder; the images recorded so far are not touched.</source>
        <translation>Mire la carpeta del proyecto; las imágenes grabadas no se han tocado.</translation>
    </message>
    <message>
        <source>The project is not touched. Train again; the problem log (F12) has the details.</source>
        <translation>El proyecto no se ha tocado. Entrene otra vez; el registro de problemas (F12) tiene los detalles.</translation>
    </message>
    <message>
        <source>Starting; a few seconds</source>
        <translation>Empezando; unos segundos</translation>
    </message>
    <message>
        <source>Looking at the images: {done} of {total}</source>
        <translation>Mirando las imágenes: {done} de {total}</translation>
    </message>
    <message>
        <source>Trying on held-out images: part {done} of {total}</source>
        <translation>Probando con imágenes reservadas: parte {done} de {total}</translation>
    </message>
    <message>
        <source>Fitting the head</source>
        <translation>Ajustando la cabeza</translation>
    </message>
    <message>
        <source>Comparing with the model in use: {done} of {total}</source>
        <translation>Comparando con el modelo en uso: {done} de {total}</translation>
    </message>
    <message>
        <source>Preparing altered copies: {done} of {total}</source>
        <translation>Preparando copias alteradas: {done} de {total}</translation>
    </message>
    <message>
        <source>Learning: step {done} of {total}</source>
        <translation>Aprendiendo: paso {done} de {total}</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Deteniendo…</translation>
    </message>
    <message>
        <source>Preparing the network; the first time this takes up to a minute.</source>
        <translation>Preparando la red; la primera vez tarda hasta un minuto.</translation>
    </message>
    <message>
        <source>{epoch} of at most {epochs} rounds done</source>
        <translation>{epoch} rondas hechas de {epochs} como máximo</translation>
    </message>
    <message>
        <source>about {seconds} s left</source>
        <translation>faltan unos {seconds} s</translation>
    </message>
    <message>
        <source>about {minutes} min left</source>
        <translation>faltan unos {minutes} min</translation>
    </message>
    <message>
        <source>Stopped. The best state so far was kept as run {run}.</source>
        <translation>Detenido. Se conservó lo mejor hasta ahora como modelo {run}.</translation>
    </message>
    <message>
        <source>Stopped: no model was kept. What was computed of the images is, so the next training is quicker.</source>
        <translation>Detenido: no se conservó ningún modelo. Sí lo calculado de las imágenes, así que el próximo entrenamiento será más rápido.</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Entrenar</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>A probe is fitted in one go: stopping keeps no model of it. A fine-tuning keeps its best round.</source>
        <translation>Una sonda se ajusta de una vez: al detenerla no queda modelo. Un ajuste fino conserva su mejor ronda.</translation>
    </message>
    <message>
        <source>Record more images</source>
        <translation>Grabar más imágenes</translation>
    </message>
    <message>
        <source>Take the built-in network</source>
        <translation>Tomar la red incorporada</translation>
    </message>
    <message>
        <source>Progress of the training</source>
        <translation>Progreso del entrenamiento</translation>
    </message>
</context>
<context>
    <name>Verdict</name>
    <message>
        <source>perhaps {name}, {percent}</source>
        <translation>quizá {name}, {percent}</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Respuesta</translation>
    </message>
</context>
<context>
    <name>_Canvas</name>
    <message>
        <source>The picture cannot be read</source>
        <translation>No se puede leer la imagen</translation>
    </message>
</context>
<context>
    <name>_Model</name>
    <message>
        <source>{truth}, answered as {answer}: {count} of {total} ({share})</source>
        <translation>{truth}, respondida como {answer}: {count} de {total} ({share})</translation>
    </message>
    <message>
        <source>true class: {name}</source>
        <translation>clase verdadera: {name}</translation>
    </message>
    <message>
        <source>answer: {name}</source>
        <translation>respuesta: {name}</translation>
    </message>
</context>
</TS>

<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>Banner</name>
    <message>
        <source>Close this message</source>
        <translation>Cerrar este mensaje</translation>
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
    <name>ImageView</name>
    <message>
        <source>Camera picture</source>
        <translation>Imagen de la cámara</translation>
    </message>
    <message>
        <source>Drag the region that the model shall see</source>
        <translation>Arrastre la región que debe ver el modelo</translation>
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
        <source>Space — record the selected class while held</source>
        <translation>Espacio — grabar la clase elegida mientras se mantiene</translation>
    </message>
    <message>
        <source>1 to 9 — record that class while held</source>
        <translation>1 a 9 — grabar esa clase mientras se mantiene</translation>
    </message>
    <message>
        <source>Escape — end a burst</source>
        <translation>Escape — terminar una ráfaga</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
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
        <source>Frames a second</source>
        <translation>Imágenes/segundo</translation>
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
    <name>StartPage</name>
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
        <source>Recent projects</source>
        <translation>Proyectos recientes</translation>
    </message>
    <message>
        <source>Projects that you have opened will stand here.</source>
        <translation>Aquí estarán los proyectos que haya abierto.</translation>
    </message>
</context>
<context>
    <name>_Model</name>
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
</context>
</TS>
